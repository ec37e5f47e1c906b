"use strict";
// Narrows the probes that are shown. Without it the page shows all of them.
{
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const probes = Array.from(document.querySelectorAll("tr[data-probe]"), (row) => {
    const link = row.querySelector("a");
    return {
      row,
      details: document.getElementById(link.hash.slice(1)),
      name: link.textContent.toLowerCase(),
      verdict: row.dataset.verdict,
      severity: row.dataset.severity,
      apart: row.dataset.apart.split(" "),
    };
  });

  const narrow = () => {
    const asked = Object.fromEntries(new FormData(form));
    const words = asked.text.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const probe of probes) {
      const fits =
        words.every((word) => probe.name.includes(word)) &&
        (!asked.verdict || probe.verdict === asked.verdict) &&
        (!asked.severity || probe.severity === asked.severity) &&
        (!asked.machine || probe.apart.includes(asked.machine));
      probe.row.hidden = probe.details.hidden = !fits;
      count += fits;
    }
    shown.textContent = `${count} of ${probes.length} probes`;
    settle();
  };

  const fold = (open) => {
    for (const { details } of probes) {
      if (!details.hidden) details.open = open;
    }
  };

  // A link leads to a folded part: it is unfolded, and shown even where the filter leaves it out.
  const visit = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (!(target instanceof HTMLDetailsElement)) return;
    if (target.hidden) {
      form.reset();
      narrow();
    }
    target.open = true;
    target.scrollIntoView();
  };

  // The keyboard stops where there is something to scroll, and nowhere else.
  const settleStops = () => {
    const boxes = document.querySelectorAll(".scroll:not(details:not([open]) *)");
    const wide = Array.from(boxes, (box) => box.scrollWidth > box.clientWidth);
    boxes.forEach((box, at) => {
      if (wide[at]) box.tabIndex = 0;
      else if (box !== document.activeElement) box.removeAttribute("tabindex");
    });
  };
  let due = 0;
  const settle = () => {
    cancelAnimationFrame(due);
    due = requestAnimationFrame(settleStops);
  };

  form.addEventListener("input", narrow);
  form.addEventListener("reset", () => setTimeout(narrow));
  form.addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("unfold").addEventListener("click", () => fold(true));
  document.getElementById("fold").addEventListener("click", () => fold(false));
  addEventListener("hashchange", visit);
  // A link to where the page is already changes nothing: its part may have been folded since.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && link.hash === location.hash) visit();
  });
  addEventListener("resize", settle);
  document.addEventListener("toggle", settle, true);
  // A browser that shows a page again may have kept what was chosen.
  addEventListener("pageshow", narrow);
  form.hidden = false;
  narrow();
  visit();
}
