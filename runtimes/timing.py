"""What the programs that `vernier bench` calls have in common: one sample of a runtime, as a line of JSON.

    time_NAME.py MODEL [--batch N] [--threads N] [--milliseconds N]

    {"version": "1.31.1", "startup_ms": 60.1, "ms": [3.4, 3.3, ...], "preemptions": 0}

startup_ms: from opening the file to the first result, the imports of Python left out; ms: every run behind the warm-up;
preemptions: how often the system took the processor away meanwhile. Exit status 1 with one line on the standard error
where the runtime does not take the model.
"""

import argparse
import json
import pathlib
import resource
import sys
import time

import numpy

WARM_UP_RUNS, LEAST_RUNS = 3, 5


def bits(seed, count):
    """SplitMix64, as vernier/base/random.h."""
    with numpy.errstate(over="ignore"):
        z = numpy.uint64(seed) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        return z ^ (z >> numpy.uint64(31))


def bench_input(position, shape):
    """The numbers of bench_input in vernier/latency/subject.h."""
    count = int(numpy.prod(shape))
    uniform = (bits(position, 2 * count) >> numpy.uint64(11)).astype(numpy.float64) * 2.0**-53
    normal = numpy.sqrt(-2.0 * numpy.log(1.0 - uniform[0::2])) * numpy.cos(2.0 * numpy.pi * uniform[1::2])
    return normal.astype(numpy.float32).reshape(shape)


def with_batch(shape, batch):
    """A shape of the model: what it leaves open in front is the batch."""
    sizes = [size if isinstance(size, int) and size > 0 else None for size in shape]
    if sizes and sizes[0] is None:
        sizes[0] = batch
    if None in sizes:
        raise ValueError(f"an input has the shape {list(shape)}, expected one that is open in front only")
    if sizes and sizes[0] != batch:
        raise ValueError(f"an input has the fixed shape {sizes}, so the batch cannot be {batch}")
    return sizes


def preemptions():
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def main(name, version, load):
    """load(arguments) opens the model and gives a function that runs it once."""
    parser = argparse.ArgumentParser(description=f"Times a model in {name}; see timing.py")
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--milliseconds", type=int, default=400)
    arguments, _ = parser.parse_known_args()  # --shape is for our side
    try:
        begin = time.perf_counter()
        run = load(arguments)
        run()
        startup = time.perf_counter() - begin
        for _ in range(WARM_UP_RUNS - 1):
            run()
        before, times = preemptions(), []
        begin = time.perf_counter()
        while len(times) < LEAST_RUNS or time.perf_counter() - begin < 1e-3 * arguments.milliseconds:
            start = time.perf_counter()
            run()
            times.append(1e3 * (time.perf_counter() - start))
    except Exception as error:  # the runtimes have no common class for what they refuse
        sys.exit(f"{name} {version}: {arguments.model}: " + " ".join(str(error).split())[:300])
    print(json.dumps({"version": version, "startup_ms": 1e3 * startup, "ms": times, "preemptions": preemptions() - before}))
