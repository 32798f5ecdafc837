"""Connected components against networkx, and components that have to stay apart."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.identity.components import ContradictionError, connected, connected_apart

NODES = 24
node = st.integers(0, NODES - 1)
edges = st.lists(st.tuples(node, node), max_size=60)
pairs = st.sets(st.tuples(node, node).filter(lambda pair: pair[0] < pair[1]), max_size=6)


def labels(size, links):
    ends = np.array(links, dtype=np.int32).reshape(-1, 2)
    return connected(size, ends[:, 0], ends[:, 1]).tolist()


def networkx_labels(size, links):
    graph = nx.Graph()
    graph.add_nodes_from(range(size))
    graph.add_edges_from(links)
    smallest = [0] * size
    for component in nx.connected_components(graph):
        label = min(component)
        for member in component:
            smallest[member] = label
    return smallest


@given(edges)
def test_labels_are_the_smallest_nodes_of_the_components(links):
    assert labels(NODES, links) == networkx_labels(NODES, links)


@given(edges, st.randoms())
def test_the_order_and_direction_of_links_change_nothing(links, rng):
    shuffled = [pair if rng.random() < 0.5 else pair[::-1] for pair in links]
    rng.shuffle(shuffled)
    assert labels(NODES, shuffled) == labels(NODES, links)


@pytest.mark.parametrize("shape", ["chain", "shuffled chain", "star", "random"])
def test_large_graphs(shape):
    size = 100_000
    rng = np.random.default_rng(7)
    nodes = np.arange(size) if shape == "chain" else rng.permutation(size)
    links = {
        "chain": np.stack([nodes[:-1], nodes[1:]], axis=1),
        "shuffled chain": np.stack([nodes[:-1], nodes[1:]], axis=1),
        "star": np.stack([np.full(size - 1, nodes[0]), nodes[1:]], axis=1),
        "random": rng.integers(0, size, (60_000, 2)),
    }[shape]
    assert labels(size, links) == networkx_labels(size, links.tolist())


def test_without_links_everybody_is_alone():
    assert labels(3, []) == [0, 1, 2]
    assert labels(0, []) == []


def groups_of(links):
    return [sorted(pair) for pair in links]


@given(edges, pairs)
def test_split_pairs_are_apart_and_nothing_else_is_lost(links, splits):
    found = connected_apart(range(NODES), groups_of(links), splits)
    assert all(found[one] != found[other] for one, other in splits)
    # Within the components of all links, and every link that is not joined would join a split pair.
    together = labels(NODES, links)
    assert all(together[label] == together[member] for member, label in found.items())
    members = {
        label: {member for member in found if found[member] == label} for label in found.values()
    }
    for one, other in links:
        if found[one] != found[other]:
            both = members[found[one]] | members[found[other]]
            assert any(both.issuperset(split) for split in splits)


@given(edges)
def test_without_splits_it_is_the_same_as_all_links(links):
    found = connected_apart(range(NODES), groups_of(links), [])
    assert [found[member] for member in range(NODES)] == labels(NODES, links)


@given(st.lists(st.sets(node, min_size=2, max_size=6).map(sorted), max_size=12), pairs)
def test_members_of_a_group_meet_with_whomever_they_may(groups, splits):
    found = connected_apart(range(NODES), groups, splits)
    pairwise = connected_apart(
        range(NODES), [[a, b] for group in groups for b in group for a in group if a < b], splits
    )
    assert found == pairwise


def test_stronger_links_win():
    found = connected_apart(range(4), [[1, 2], [2, 3], [0, 1]], [(0, 3)])
    assert found == {0: 0, 1: 1, 2: 1, 3: 1}


def test_forced_pairs_come_first_and_contradictions_are_told():
    found = connected_apart(range(3), [[0, 1]], [(0, 2)], forced=[(1, 2)])
    assert found == {0: 0, 1: 1, 2: 1}
    with pytest.raises(ContradictionError) as caught:
        connected_apart(range(3), [], [(0, 2)], forced=[(0, 1), (1, 2)])
    assert (caught.value.join, caught.value.split) == ((1, 2), (0, 2))
