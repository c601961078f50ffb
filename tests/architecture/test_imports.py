"""What an import may cost."""

import subprocess
import sys

HEAVY = ("numpy", "pandas", "scipy", "sklearn", "pandera", "interpret", "diffprivlib", "dp_accounting", "fairlearn")


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(' '.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_the_package_itself_loads_nothing_heavy() -> None:
    assert not _loaded_by("import glassledger") & {*HEAVY, "pydantic", "click", "yaml"}


def test_the_auditor_loads_no_data_science_package() -> None:
    assert not _loaded_by("import glassledger.audit.verify, glassledger.audit.log, glassledger.cli.verify") & set(HEAVY)


def test_help_loads_no_data_science_package() -> None:
    statement = "from glassledger.cli import cli\ntry:\n    cli(['--help'])\nexcept SystemExit: pass"
    assert not _loaded_by(statement) & set(HEAVY)


def test_every_public_name_is_where_the_package_says() -> None:
    import glassledger

    for name in glassledger.__all__:
        assert getattr(glassledger, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    import glassledger

    assert not hasattr(glassledger, "Workspaces")
