#!/usr/bin/env python3
"""Runs Docket's planner, PyVRP and VROOM on the same instances and compares what their plans cost.

    python3 -m venv target/tools/race && target/tools/race/bin/pip install pyvrp pyvroom
    cargo build --release -p docket-planner --example race
    target/tools/race/bin/python crates/docket-planner/race/race.py [--seconds 10] [--sizes 100,200] [--kinds R1,C1,RC2]
                                                                    [--seeds 1] [--only docket,pyvrp,vroom] [FILE…]

Instances are made from a seed in the manner of Solomon's (random, clustered or mixed places; narrow or wide windows
around feasible times; small or large vehicles), or read from files: published ones in his format or in CVRPLIB's
(`.vrp`), whose best-known costs are compared with where they are known here. Everybody gets the same whole numbers:
Euclidean ways in tenths, cut off, as those best-known costs are reckoned. VROOM has no time limit in this use, it stops by itself; its own time is shown, and
Docket runs once more for just that long. All seconds are of the processor, one core each: a busy machine is no excuse.
"""

import argparse
import json
import math
import os
import random
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
TARGET = os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target"))


# Best-known costs of published instances, in the convention of the 12th DIMACS challenge (ways cut off to tenths), as
# CVRPLIB lists them: Solomon's of 100 customers, Gehring and Homberger's of 200 and 1,000.
BEST = {
    "C101": 827.3, "C102": 827.3, "C103": 826.3, "C104": 822.9, "C105": 827.3, "C106": 827.3, "C107": 827.3,
    "C108": 827.3, "C109": 827.3,
    "C201": 589.1, "C202": 589.1, "C203": 588.7, "C204": 588.1, "C205": 586.4, "C206": 586.0, "C207": 585.8,
    "C208": 585.8,
    "R101": 1637.7, "R102": 1466.6, "R103": 1208.7, "R104": 971.5, "R105": 1355.3, "R106": 1234.6, "R107": 1064.6,
    "R108": 932.1, "R109": 1146.9, "R110": 1068.0, "R111": 1048.7, "R112": 948.6,
    "R201": 1143.2, "R202": 1029.6, "R203": 870.8, "R204": 731.3, "R205": 949.8, "R206": 875.9, "R207": 794.0,
    "R208": 701.0, "R209": 854.8, "R210": 900.5, "R211": 746.7,
    "RC101": 1619.8, "RC102": 1457.4, "RC103": 1258.0, "RC104": 1132.3, "RC105": 1513.7, "RC106": 1372.7,
    "RC107": 1207.8, "RC108": 1114.2,
    "RC201": 1261.8, "RC202": 1092.3, "RC203": 923.7, "RC204": 783.5, "RC205": 1154.0, "RC206": 1051.1, "RC207": 962.9,
    "RC208": 776.1,
    "C1_2_1": 2698.6, "R1_2_1": 4667.2, "RC1_2_1": 3516.9, "C1_10_1": 42444.8, "RC1_10_1": 45790.7,
}


def solomon(path, folder):
    """A published instance in Solomon's format: itself, or written anew from CVRPLIB's."""
    if not path.endswith(".vrp"):
        return path
    head, sections, section = {}, {}, None
    for line in open(path):
        words = line.replace(":", " : ").split()
        if len(words) == 1 and words[0].endswith("_SECTION"):
            section = sections.setdefault(words[0], [])
        elif ":" in words:
            head[words[0]] = words[-1]
        elif section is not None and words and words[0] != "EOF":
            section.append([int(float(word)) for word in words])
    columns = {name: {row[0]: row[1:] for row in rows} for name, rows in sections.items()}
    places, demands, windows = (columns[f"{name}_SECTION"] for name in ("NODE_COORD", "DEMAND", "TIME_WINDOW"))
    services = columns.get("SERVICE_TIME_SECTION", {})
    rows = []
    for index, node in enumerate(sorted(places)):
        service = services.get(node, [head.get("SERVICE_TIME", 0)])[0] if index else 0
        rows.append([index, *places[node], *demands[node], *windows[node], service])
    name = os.path.splitext(os.path.basename(path))[0]
    lines = [name, "", "VEHICLE", "NUMBER CAPACITY", f"{head.get('VEHICLES', len(rows) // 4)} {head['CAPACITY']}", "", "CUSTOMER"]
    lines += ["NO X Y DEMAND READY DUE SERVICE", ""] + [" ".join(map(str, row)) for row in rows]
    written = os.path.join(folder, f"{name}.txt")
    with open(written, "w") as file:
        file.write("\n".join(lines) + "\n")
    return written


def make(kind, size, seed):
    """The text of an instance: kind is R, C or RC, and 1 (short days, small vehicles) or 2 (long days, large ones)."""
    chance = random.Random(f"{kind}-{size}-{seed}")
    layout, era = kind[:-1], kind[-1]
    width = 100 if size <= 100 else 140 if size <= 200 else 250
    day = {"1": 2.6, "2": 9.0}[era] * width
    capacity = {"1": 200, "2": 800}[era]
    service = 10
    depot = (width / 2, width / 2)
    centres = [(chance.uniform(0, width), chance.uniform(0, width)) for _ in range(max(4, size // 15))]

    def place(index):
        if layout == "R" or (layout == "RC" and index % 2):
            return chance.uniform(0, width), chance.uniform(0, width)
        x, y = chance.choice(centres)
        spread = width / 25
        return (min(max(v + chance.gauss(0, spread), 0), width) for v in (x, y))

    rows = [(0, round(depot[0]), round(depot[1]), 0, 0, round(day), 0)]
    tight = chance.choice([0.05, 0.1, 0.2]) * day
    for index in range(1, size + 1):
        x, y = (round(v) for v in place(index))
        way = math.hypot(x - rows[0][1], y - rows[0][2])
        first, last = math.ceil(way), math.floor(day - way - service)
        if chance.random() < 0.75:
            centre = chance.uniform(first, last)
            half = tight * chance.uniform(0.5, 1.5) / 2 + 5
            opens, closes = max(0, math.floor(centre - half)), min(last, math.ceil(centre + half))
            closes = max(closes, first)
        else:
            opens, closes = 0, last
        rows.append((index, x, y, chance.randint(5, 35), opens, closes, service))
    lines = [f"{kind}-{size}-{seed}", "", "VEHICLE", "NUMBER CAPACITY", f"{max(25, size // 4)} {capacity}", "", "CUSTOMER", "NO X Y DEMAND READY DUE SERVICE", ""]
    return "\n".join(lines + [" ".join(map(str, row)) for row in rows]) + "\n"


def read(path):
    fleet, rows = None, []
    for line in open(path):
        try:
            numbers = [float(word) for word in line.split()]
        except ValueError:
            continue
        if len(numbers) == 2 and fleet is None:
            fleet = (int(numbers[0]), int(numbers[1]))
        elif len(numbers) == 7:
            rows.append(numbers)
    ways = [[int(10 * math.hypot(a[1] - b[1], a[2] - b[2])) for b in rows] for a in rows]
    return fleet, rows, ways


def docket(path, seconds, seed):
    binary = os.path.join(TARGET, "release", "examples", "race")
    out = subprocess.run([binary, path, "--seconds", str(seconds), "--seed", str(seed), "--cpu"], capture_output=True, text=True, check=True)
    answer = json.loads(out.stdout)
    return (answer["cost"] if not answer["unassigned"] else None), answer["vehicles"], answer["seconds"]


def pyvrp(path, seconds, seed):
    import numpy
    from pyvrp import Model

    (count, capacity), rows, ways = read(path)
    model = Model()
    # Two ways of one library's age: locations apart from depots and clients, or not.
    matrix = numpy.array(ways)
    if hasattr(model, "add_location"):
        places = [model.add_location(row[1], row[2]) for row in rows]
        depot = model.add_depot(places[0])
        for place, row in zip(places[1:], rows[1:]):
            model.add_client(place, delivery=[int(row[3])], service_duration=int(10 * row[6]), tw_early=int(10 * row[4]), tw_late=int(10 * row[5]))
    else:
        depot = model.add_depot(rows[0][1], rows[0][2])
        places = [depot]
        for row in rows[1:]:
            places.append(model.add_client(row[1], row[2], delivery=[int(row[3])], service_duration=int(10 * row[6]), tw_early=int(10 * row[4]), tw_late=int(10 * row[5])))
    model.add_vehicle_type(count, capacity=[capacity], start_depot=depot, end_depot=depot, tw_early=int(10 * rows[0][4]), tw_late=int(10 * rows[0][5]))
    for i, a in enumerate(places):
        for j, b in enumerate(places):
            if i != j:
                model.add_edge(a, b, distance=int(matrix[i, j]), duration=int(matrix[i, j]))
    begun = time.process_time()
    result = model.solve(stop=lambda *_: time.process_time() - begun >= seconds, seed=seed, display=False)
    return (result.cost() if result.is_feasible() else None), result.best.num_routes(), time.process_time() - begun


def vroom(path, seconds, seed):
    import numpy
    import vroom

    (count, capacity), rows, ways = read(path)
    problem = vroom.Input()
    problem.set_durations_matrix("car", numpy.array(ways, dtype=numpy.uint32))
    for index in range(count):
        problem.add_vehicle(vroom.Vehicle(index, start=0, end=0, capacity=[capacity], time_window=(int(10 * rows[0][4]), int(10 * rows[0][5]))))
    for index, row in enumerate(rows[1:], 1):
        problem.add_job(vroom.Job(index, location=index, delivery=[int(row[3])], default_service=int(10 * row[6]), time_windows=[(int(10 * row[4]), int(10 * row[5]))]))
    begun = time.process_time()
    answer = problem.solve(exploration_level=5, nb_threads=1)
    spent = time.process_time() - begun
    routes = answer.routes
    cost, vehicles = 0, set()
    for vehicle, group in routes.groupby("vehicle_id"):
        places = [0 if kind in ("start", "end") else int(job) for kind, job in zip(group["type"], group["id"])]
        cost += sum(ways[a][b] for a, b in zip(places, places[1:]))
        vehicles.add(vehicle)
    return (cost if not answer.unassigned else None), len(vehicles), spent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--sizes", default="100,200")
    parser.add_argument("--kinds", default="R1,C1,RC1,R2,C2,RC2")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--only", default="docket,pyvrp,vroom")
    parser.add_argument("--folder", default=os.path.join(TARGET, "race"))
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    files = [solomon(path, options.folder) for path in options.files]
    if not files:
        for size in map(int, options.sizes.split(",")):
            for kind in options.kinds.split(","):
                for seed in range(1, options.seeds + 1):
                    path = os.path.join(options.folder, f"{kind}-{size}-{seed}.txt")
                    with open(path, "w") as file:
                        file.write(make(kind, size, seed))
                    files.append(path)
    only = options.only.split(",")
    racers = {"docket": docket, "pyvrp": pyvrp, "vroom": vroom}
    sums = {}
    for path in files:
        line, costs = [f"{os.path.basename(path):16}"], {}
        for name in only:
            cost, vehicles, spent = racers[name](path, options.seconds, 1)
            costs[name] = cost
            line.append(f"{name} {cost if cost is not None else 'none':>8} ({vehicles} in {spent:.1f} s)")
            if name == "vroom" and "docket" in only:
                equal, _, _ = docket(path, max(spent, 0.05), 1)
                if cost and equal:
                    sums.setdefault("docket/vroom at vroom's time", []).append(equal / cost)
                    line.append(f"docket then {equal} ({equal / cost:.4f})")
        for rival in ("pyvrp", "vroom"):
            if costs.get("docket") and costs.get(rival):
                ratio = costs["docket"] / costs[rival]
                sums.setdefault(f"docket/{rival}", []).append(ratio)
                line.append(f"/{rival} {ratio:.4f}")
        best = BEST.get(os.path.splitext(os.path.basename(path))[0].upper())
        for name in only:
            if best and costs.get(name):
                ratio = costs[name] / (10 * best)
                sums.setdefault(f"{name}/best known", []).append(ratio)
                line.append(f"{name}/best {ratio:.4f}")
        print("  ".join(line), flush=True)
    for name, ratios in sums.items():
        print(f"{name}: mean {sum(ratios) / len(ratios):.4f}, worst {max(ratios):.4f}, best {min(ratios):.4f} of {len(ratios)}")
    print("load of this machine (1, 5, 15 min):", *(f"{load:.1f}" for load in os.getloadavg()), file=sys.stderr)


if __name__ == "__main__":
    main()
