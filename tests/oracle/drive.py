"""Runs one benchmark of pyperformance once, with small input, without pyperf: python drive.py FOLDER NAME"""

import importlib.util
import os
import sys
import types

SMALL = {
    "richards": lambda m: m.Richards().run(1),
    "deltablue": lambda m: m.delta_blue(30),
    "nbody": lambda m: m.bench_nbody(1, "sun", 60),
    "fannkuch": lambda m: m.fannkuch(5),
    "float": lambda m: m.benchmark(60),
    "nqueens": lambda m: m.bench_n_queens(5),
    "raytrace": lambda m: m.bench_raytrace(1, 4, 4, None),
    "spectral_norm": lambda m: (setattr(m, "DEFAULT_N", 5), m.bench_spectral_norm(1)),
    "chaos": lambda m: m.Chaosgame(
        [m.Spline([m.GVector(1, 2, 0), m.GVector(2, 3, 0), m.GVector(3, 1, 0), m.GVector(4, 4, 0)], 3, [0, 0, 0, 1, 1, 1])], 0.25
    ).create_image_chaos(20, 20, 30, None, 1234),
    "go": lambda m: m.versus_cpu(),
    "hexiom": lambda m: m.main(1, 2),
    "pidigits": lambda m: m.calc_ndigits(40),
    "generators": lambda m: list(m.tree(range(12))),
    "comprehensions": lambda m: m.bench_comprehensions(1),
    "coroutines": lambda m: m.bench_coroutines(1),
    "unpack_sequence": lambda m: m.bench_all(1),
    "deepcopy": lambda m: m.benchmark(1),
}


def main(folder, name):
    pyperf = types.ModuleType("pyperf")
    pyperf.perf_counter = lambda: 0.0  # Times differ between runs and are not compared.
    pyperf.python_implementation = lambda: "cpython"
    sys.modules["pyperf"] = pyperf
    path = os.path.join(folder, "bm_" + name, "run_benchmark.py")
    spec = importlib.util.spec_from_file_location("bm_" + name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    SMALL[name](module)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
