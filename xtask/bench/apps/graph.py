"""Builds a graph of 3,000 nodes with networkx and walks it."""

import networkx

NODES = 3000


def build():
    graph = networkx.Graph()
    for node in range(NODES):
        graph.add_edge(node, (node * 7 + 1) % NODES, weight=node % 5)
    return graph


def walk(graph):
    total = 0
    for node in graph.nodes():
        for other in graph.neighbors(node):
            total += graph[node][other]["weight"]
        if graph.degree(node) > 3:
            total += 1
    return total


def main():
    walk(build())
