"""What a private fit may cost, part by part, before a row is looked at."""

from dataclasses import dataclass

from glassledger.models.private_cells import Grid
from glassledger.models.private_counts import CountShares, shares_of
from glassledger.models.private_fit import StagePlan, output_for
from glassledger.privacy.objective_perturbation import Account, Bound, Stage, halved, largest_scale
from glassledger.records.budget import Adjacency

#: μ of the tables relative to that of the stages together.
TABLES = 0.5
#: Share of the stages' μ² that each stage gets.
SPLIT = (0.3, 0.7)
#: Share of ε that the Jacobian of each stage may cost.
JACOBIAN = 0.05
#: μ of each output noise relative to its stage's.
OUTPUT = 0.02


@dataclass(frozen=True)
class Plan:
    """The parts of one fit and the account that they add up to.

    Attributes
    ----------
    shares : CountShares
    stages : tuple of tuple of StagePlan
        One tuple per output (class), each with its stages in order.
    account : Account
    epsilon, delta : float
        The claim under the declared adjacency.
    adjacency : {"add_or_remove_one", "replace_one"}
    """

    shares: CountShares
    stages: tuple[tuple[StagePlan, ...], ...]
    account: Account
    epsilon: float
    delta: float
    adjacency: Adjacency

    @property
    def mu(self) -> float:
        """Root of the summed squares of one output's stages."""
        return float(sum(plan.stage.mu**2 for plan in self.stages[0]) ** 0.5)


@dataclass(frozen=True)
class Shape:
    """What the costs of a fit depend on: counts of features, never of rows."""

    ordered: int
    deep: int
    nominal: int
    outputs: int
    label: float


def plan_fit(
    grids: tuple[Grid, ...],
    *,
    outputs: int,
    regression: bool,
    epsilon: float,
    delta: float,
    adjacency: Adjacency,
    bound: Bound,
) -> Plan:
    """Spread (ε, δ) over tables, stages and output noise.

    Raises
    ------
    PrivacyError
        When the budget is too small for any release.
    """
    aim = (epsilon, delta) if adjacency == "add_or_remove_one" else halved(epsilon, delta)
    ordered = sum(grid.ordered for grid in grids)
    deep = sum(grid.group > 1 for grid in grids)
    shape = Shape(ordered, deep, len(grids) - ordered, outputs, 0.25 if regression else 0.04)
    scale = largest_scale(lambda m: _parts(shape, m, aim[0], bound)[2], epsilon=aim[0], delta=aim[1])
    shares, stages, account = _parts(shape, scale, aim[0], bound)
    return Plan(shares, stages, account, epsilon, delta, adjacency)


def _parts(
    shape: Shape, scale: float, epsilon: float, bound: Bound
) -> tuple[CountShares, tuple[tuple[StagePlan, ...], ...], Account]:
    shares = shares_of(shape.ordered, shape.deep, shape.nominal, mu=TABLES * scale, label=shape.label)
    leverage = Stage.affordable(JACOBIAN * epsilon / shape.outputs, bound)
    one = tuple(
        StagePlan(Stage(mu, leverage), output_for(OUTPUT * mu))
        for mu in (scale * (share / shape.outputs) ** 0.5 for share in SPLIT)
    )
    stages = (one,) * shape.outputs
    flat = [plan for plans in stages for plan in plans]
    account = Account(
        shares.tables(shape.ordered, shape.deep, shape.nominal),
        tuple(plan.stage for plan in flat),
        tuple(plan.output for plan in flat),
        bound,
    )
    return shares, stages, account
