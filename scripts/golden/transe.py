"""Golden values of the vectors of a graph: tests/golden/knowledge/transe.json.

The peer is PyTorch: gradients by autograd, steps by its Adagrad, the entities that a step moved brought back to length 1.
The loss is that of TransE (Bordes et al. 2013), with its margin, for the L1 and the L2 norm.

    pip install torch==2.15.0
    python scripts/golden/transe.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

ENTITIES, RELATIONS, DIM, MARGIN, RATE = 7, 2, 5, 1.0, 0.1

# Batches of facts, each beside one with an end exchanged; an entity comes up several times in a batch, and a
# relation in all of them.
BATCHES = [
    [[[0, 0, 4], [0, 0, 5]], [[1, 0, 4], [2, 0, 4]], [[0, 1, 6], [0, 1, 3]]],
    [[[2, 0, 5], [2, 0, 4]], [[3, 0, 5], [3, 0, 6]]],
    [[[4, 1, 6], [1, 1, 6]], [[5, 1, 6], [5, 1, 5]], [[0, 0, 4], [6, 0, 4]]],
]


def loss_of(entities, relations, batch, p):
    def distance(triples):
        head, relation, tail = torch.tensor(triples).T
        return (entities[head] + relations[relation] - entities[tail]).norm(p=p, dim=1)

    facts, others = [pair[0] for pair in batch], [pair[1] for pair in batch]
    return F.relu(MARGIN + distance(facts) - distance(others)).sum()


def flat(tensor):
    return [round(value, 7) for value in tensor.detach().flatten().tolist()]


def main() -> None:
    torch.manual_seed(7)
    first = F.normalize(torch.randn(ENTITIES, DIM), dim=1)
    given = F.normalize(torch.randn(RELATIONS, DIM), dim=1)
    out = {
        "dim": DIM,
        "margin": MARGIN,
        "rate": RATE,
        "entities": flat(first),
        "relations": flat(given),
        "batches": BATCHES,
        "cases": {},
    }
    for name, p in [("l1", 1), ("l2", 2)]:
        entities, relations = first.clone().requires_grad_(), given.clone().requires_grad_()
        optimiser = torch.optim.Adagrad([entities, relations], lr=RATE, eps=1e-10)
        losses, gradients = [], None
        for batch in BATCHES:
            optimiser.zero_grad(set_to_none=False)
            loss = loss_of(entities, relations, batch, p)
            loss.backward()
            gradients = gradients or (flat(entities.grad), flat(relations.grad))
            moved = entities.grad.abs().sum(dim=1) > 0
            optimiser.step()
            with torch.no_grad():
                entities[moved] = F.normalize(entities[moved], dim=1)
            losses.append(round(loss.item(), 7))
        out["cases"][name] = {
            "losses": losses,
            "entity_gradients": gradients[0],
            "relation_gradients": gradients[1],
            "entities": flat(entities),
            "relations": flat(relations),
        }
    path = Path(__file__).resolve().parents[2] / "tests/golden/knowledge/transe.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
