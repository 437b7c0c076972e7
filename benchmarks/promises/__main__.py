"""first"""
import argparse, statistics
from math import exp, log
from benchmarks.promises.desks import KINDS, MORE_KINDS, drawn
from benchmarks.promises.replay import OURS, plan_of, replay
from benchmarks.promises.scores import scored, surge_places


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1000-1000")
    parser.add_argument("--kinds", default=",".join([*KINDS, *MORE_KINDS]))
    parser.add_argument("--plan-after", type=float, default=2.0)
    parser.add_argument("--all-baselines", action="store_true")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    kinds = options.kinds.split(",")
    for seed in range(int(first), int(last or first) + 1):
        pinballs = []
        for kind in kinds:
            stream = drawn(kind, seed)
            runs = [("", ())]
            if stream.surge:
                runs.append((" +plan", (plan_of(stream.surge, options.plan_after),)))
            for more, plans in runs:
                done = replay(stream, plans=plans, **({} if options.all_baselines else {"methods": ["all-time mean"]}))
                scores = {name: scored(stream, told) for name, told in done.announced.items()}
                if kind in KINDS and not more:
                    pinballs.append(log(scores[OURS].pinball / scores["all-time mean"].pinball))
                for name, s in scores.items():
                    if name != OURS and (more or not options.all_baselines):
                        continue
                    print(f"{seed} {kind + more:16} {name:18} cov {s.coverage:5.1f} worst {s.worst_week or -1:5.1f} low {s.low_weeks or 0:4.1f}% surge {s.surge or -1:5.1f} "
                          f"pin {s.pinball / scores['all-time mean'].pinball:.2f} ann {s.announced:6.1f} real {s.real:6.1f} noticed {s.noticed:.1f} true {s.noticed_true or -1:.0f} notices {s.notices:.0f}% {done.microseconds:.0f}us", flush=True)
                for place in surge_places(stream, done.announced):
                    print("      n", place.place, "real", place.real and round(place.real), {k: round(v) for k, v in place.announced.items()})
        if pinballs:
            print("relative pinball", round(exp(statistics.fmean(pinballs)), 3))
main()
