"""Tensors of torch: how they are shown, and changes in place."""

import warnings

import torch

warnings.simplefilter("ignore")


def in_place():
    a = torch.zeros(3)
    b = a
    a += 1
    a.add_(2)
    b[0] = 9
    c = a.view(3, 1)
    c.mul_(2)
    d = a.numpy()
    d[1] = 5
    e = torch.arange(6).reshape(2, 3).t()
    e[0, 1] = -1
    rows = [row for row in e]
    rows[0][0] = 44
    torch.add(a, 1, out=a)
    held = {"a": [a]}
    del a, b
    held["a"][0].copy_(torch.tensor([1.0, 2.0, 3.0]))
    x = 1
    held["a"][0].data[1] = 7
    x = 2
    c.resize_(1, 3)
    return x


def types():
    of = [torch.ones(2, dtype=t) for t in (torch.bool, torch.int8, torch.uint8, torch.int16, torch.int64, torch.float64)]
    half = torch.tensor([0.1, 2.5, 65504]).half() / 3
    brain = torch.tensor([0.1, 2.5, 1e30], dtype=torch.bfloat16)
    wave = torch.complex(torch.tensor([1.0, 0.5]), torch.tensor([2.0, -1.0]))
    turned = wave.conj()
    scalar = torch.tensor(7)
    empty = torch.empty(0, 3)
    elsewhere = torch.ones(2, device="meta")
    sparse = torch.sparse_coo_tensor([[0]], [1.0], (3,))
    item = scalar.item()
    kinds = [torch.float32, torch.device("cpu"), torch.Size([1, 2])][2]
    return of, item, kinds


def learning():
    torch.manual_seed(0)
    net = torch.nn.Linear(2, 1)
    with torch.no_grad():
        net.weight.fill_(0.5)
        net.bias.zero_()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.25)
    x = torch.tensor([[1.0, 2.0], [3.0, -1.0]])
    w, b = net.weight, net.bias
    for _ in range(2):
        optimizer.zero_grad()
        loss = net(x).pow(2).mean()
        loss.backward()
        optimizer.step()
        gradient = w.grad
    return loss, b


in_place()
types()
learning()
