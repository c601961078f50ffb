"""Which groups must not be shown because they are small, or because they could be worked out from the others."""

from collections.abc import Collection, Mapping


def hidden(sizes: Mapping[str, int], *, minimum: int, already: Collection[str] = ()) -> frozenset[str]:
    """Groups to hide.

    Groups below ``minimum`` are hidden. Totals over all groups are published elsewhere, so what is hidden can be had
    as a difference; therefore the next smallest groups are hidden too until at least two groups, and at least
    ``minimum`` people, are hidden together (complementary suppression). Ties are broken by name.

    Parameters
    ----------
    sizes : mapping of group to count
    minimum : int, at least 1
    already : collection of groups that are hidden for another reason
    """
    out = {group for group, size in sizes.items() if size < minimum} | set(already)
    rest = sorted((group for group in sizes if group not in out), key=lambda group: (sizes[group], group))
    while out and rest and (len(out) < 2 or sum(sizes[group] for group in out) < minimum):
        out.add(rest.pop(0))
    return frozenset(out)
