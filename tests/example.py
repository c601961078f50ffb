"""Make ``audit_reports/example/`` again: ``python -m tests.example``.

The example is the scorecard of the bundled campaign, fitted, reported and reviewed at a fixed time. Its keys are made
on the spot and thrown away; what is kept is the evidence, the pages and the model.
"""

import hashlib
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from glassledger.data.synthetic import campaign
from glassledger.policy import Policy
from glassledger.policy.load import shipped_policy
from glassledger.workspace import Workspace

FOLDER = Path(__file__).resolve().parent.parent / "audit_reports" / "example"
ROWS = 8_000


def make(work: Path) -> tuple[Path, ...]:
    """Run the main job in ``work`` and return the report's files."""
    policy = Policy.parse(shipped_policy("campaign_scorecard"), name="campaign_scorecard.yaml")
    moment = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    (work / "keys").mkdir(parents=True)
    for name in ("split", "default"):  # the split must be the same each time, so its key is fixed here
        path = work / "keys" / f"{name}.key"
        path.write_text(hashlib.sha256(f"example {name}".encode()).hexdigest())
        path.chmod(0o600)
    with Workspace.open(work, actor="dana@example.com", clock=lambda: moment) as ws:
        model = ws.fit(policy, campaign(rows=ROWS))
        return ws.report(model, languages=("en", "de", "zh")).files


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for made in make(Path(scratch) / "example"):
            shutil.copy(made, FOLDER / made.name)
