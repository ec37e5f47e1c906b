"""Where the git work tree is that a project lies in, before its first commit too."""

from __future__ import annotations

from pathlib import Path

from reprokit.errors import ProjectError


def find_work_tree(root: Path) -> Path:
    """Find the top folder of the work tree that a folder lies in.

    Args:
        root: The project's folder.

    Raises:
        ProjectError: Outside a repository, in one without files, or without git.
    """
    try:
        import git
    except ImportError as error:
        raise ProjectError(
            f"git cannot be used: {str(error).splitlines()[0]}",
            hint="install git, and make sure that it is on PATH",
        ) from None
    try:
        top = git.Repo(root, search_parent_directories=True).working_tree_dir
    except git.InvalidGitRepositoryError:
        top = None
    if top is None:
        raise ProjectError(
            "this is not in a git repository",
            where=root.name,
            hint="a snapshot belongs to a commit: `git init` first",
        )
    return Path(str(top)).resolve()
