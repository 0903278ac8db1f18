"""Records every objective as a formula written out by itself: loss and gradient in float64.

Nothing here is shared with src/objectives: plain loops over anchors and pairs, gradients by autograd in double
precision, checked against central differences. The inputs are float32 numbers, so that TypeScript reads exactly the
same. A batch is kept only if its choices (which positive, which negative, what is dropped) do not hang on the last
digits: small disturbances must hardly change the gradient. Where the texts allow more than one reading, the readings
agree on the batch, or the case carries a note.

Versions: PyTorch 1.13.0a0, numpy 1.24.2, Python 3.11.
Run: python3 test/oracles/objectives.py > test/fixtures/objectives.json"""
import json

import torch

from batches import dim, makers
from fill import fill

torch.set_num_threads(1)
log1pexp = torch.nn.functional.softplus


def zero(x):
    return (x * 0).sum()


def unit(x):
    return x / x.norm(dim=1, keepdim=True)


def others(labels, a):
    same = [j for j in range(len(labels)) if j != a and labels[j] == labels[a]]
    different = [j for j in range(len(labels)) if labels[j] != labels[a]]
    return same, different


def most_similar(s, a, candidates):
    return max(candidates, key=lambda j: s[a, j].item()) if candidates else None


def reduce(terms, x, reduction="mean"):
    if not terms:
        return zero(x)
    total = torch.stack(terms).sum()
    return total if reduction == "sum" else total / len(terms)


# --- classification ---------------------------------------------------------------------------------------------


def softmax(x, labels, smoothing=0.0):
    losses = []
    for row, label in zip(x, labels):
        log_p = row - torch.logsumexp(row, 0)
        losses.append(-(1 - smoothing) * log_p[label] - smoothing * log_p.mean())
    return reduce(losses, x)


# --- easy positive: methods.md 1 and 2 --------------------------------------------------------------------------


def easy_positive(negatives):
    def loss(x, labels, temperature=0.1, order=1, duplicateCeiling=0.9999, minimumSimilarity=0.0, reduction="mean", **mixed):
        f = unit(x)
        s = f @ f.T
        losses = []
        for a in range(len(labels)):
            same, different = others(labels, a)
            p = most_similar(s, a, [j for j in same if s[a, j] <= duplicateCeiling])
            if p is None or s[a, p] <= minimumSimilarity:
                continue
            if negatives == "semi-hard":
                different = [j for j in different if s[a, j] <= s[a, p]]
            n = most_similar(s, a, different)
            if negatives == "all":
                assert n is None or s[a, n] > minimumSimilarity, "a batch in which it would matter which negative is tested"
            if n is None or s[a, n] <= minimumSimilarity:
                continue
            chosen = different if negatives == "all" else [n]
            losses.append(anchor_loss(s[a, p], s[a, chosen], temperature, order, **mixed))
        return reduce(losses, x, reduction)

    return loss


def anchor_loss(s_ap, s_an, temperature, order, weight=1.0):
    if order == 1:
        return two_way(s_ap / temperature, s_an / temperature)
    if order == 2:
        return two_way((s_ap - s_ap**2 / 2) / temperature, s_an**2 / 2 / temperature)
    if s_an[0] < s_ap:
        return two_way(s_ap / temperature, s_an / temperature)
    if order == 0:
        return weight * two_way(s_an[0].detach() + 0.1, s_an)
    return weight * two_way(s_ap - s_ap**2 / 2, s_an**2 / 2)


def two_way(positive, negatives):
    """-log of the positive's share in the softmax over it and the negatives"""
    return torch.logsumexp(torch.cat([positive.reshape(1), negatives]), 0) - positive


def sct(x, labels, **options):
    """Selectively contrastive triplets: methods.md 3. `lambda` weighs the hard ones."""
    f = unit(x)
    s = f @ f.T
    losses = []
    for a in range(len(labels)):
        same, different = others(labels, a)
        p = most_similar(s, a, [j for j in same if s[a, j] <= 0.9999])
        n = most_similar(s, a, different)
        if p is None or n is None:
            continue
        assert s[a, p] > 0 and s[a, n] > 0, "a batch in which the minimum similarity would matter"
        assert s[a, n] <= 0.8 or s[a, n] > s[a, p], "a batch in which the rule of the code (S_an > 0.8) would matter"
        hard = s[a, n] > s[a, p]
        losses.append(options.get("lambda", 1.0) * s[a, n] if hard else two_way(s[a, p] / 0.1, s[a, [n]] / 0.1))
    return reduce(losses, x)


# --- reference losses: methods.md 4 -----------------------------------------------------------------------------


def npair(x, labels, l2=0.02, scale=1.0):
    pairs = []
    for label in dict.fromkeys(labels):
        members = [i for i in range(len(labels)) if labels[i] == label]
        if len(members) >= 2:
            pairs.append((members[0], members[1]))
    if not pairs:
        return zero(x)
    losses = []
    for a, p in pairs:
        gaps = [scale * (x[a] @ x[q] - x[a] @ x[p]) for _, q in pairs]  # the pair's own gap is 0: the 1 in log(1 + ...)
        losses.append(torch.logsumexp(torch.stack(gaps), 0))
    norms = [x[a] @ x[a] + x[p] @ x[p] for a, p in pairs]
    return reduce(losses, x) + l2 * reduce(norms, x)


def proxy_nca(x, labels, proxies, scale=3.0):
    f, q = scale * unit(x), scale * unit(proxies)
    losses = []
    for i, label in enumerate(labels):
        d2 = ((f[i] - q) ** 2).sum(1)
        losses.append(d2[label] + torch.logsumexp(-d2, 0))
    return reduce(losses, x)


def nca(x, labels, scale=1.0):
    f = unit(x)
    losses = []
    for i in range(len(labels)):
        same, different = others(labels, i)
        if not same:
            continue
        near = torch.stack([-scale * ((f[i] - f[j]) ** 2).sum() for j in same])
        far = torch.stack([-scale * ((f[i] - f[j]) ** 2).sum() for j in same + different])
        losses.append(torch.logsumexp(far, 0) - torch.logsumexp(near, 0))
    return reduce(losses, x)


def distances(x):
    """D (n, n); where two rows are equal, 0 with gradient 0"""
    f = unit(x)
    d2 = ((f[:, None] - f[None, :]) ** 2).sum(2)
    apart = d2 > 1e-24
    return torch.where(apart, torch.where(apart, d2, torch.ones_like(d2)).sqrt(), torch.zeros_like(d2))


def triplet(x, labels, margin=0.2, mining="semi-hard"):
    """hard: per anchor the farthest positive and the nearest negative, mean over anchors that have both.
    semi-hard (FaceNet): per ordered pair of one class the nearest negative with D_ap^2 < D_an^2 < D_ap^2 + margin, mean
    over pairs that have one."""
    d = distances(x)
    losses = []
    for a in range(len(labels)):
        same, different = others(labels, a)
        if not same or not different:
            continue
        if mining == "hard":
            p = max(same, key=lambda j: d[a, j].item())
            n = min(different, key=lambda j: d[a, j].item())
            losses.append(torch.relu(d[a, p] ** 2 - d[a, n] ** 2 + margin))
            continue
        for p in same:
            window = [j for j in different if d[a, p] ** 2 < d[a, j] ** 2 < d[a, p] ** 2 + margin]
            if window:
                n = min(window, key=lambda j: d[a, j].item())
                losses.append(torch.relu(d[a, p] ** 2 - d[a, n] ** 2 + margin))
    return reduce(losses, x)


def margin(x, labels, alpha=0.2, beta=1.2):
    d = distances(x)
    n = len(labels)
    terms = [
        alpha + (1 if labels[i] == labels[j] else -1) * (d[i, j] - beta) for i in range(n) for j in range(n) if i != j
    ]
    return reduce([t for t in terms if t > 0], x)


def lifted(x, labels, margin=1.0):
    d = distances(x)
    terms = []
    for i in range(len(labels)):
        for j in others(labels, i)[0]:
            if j < i:
                continue
            push = [margin - d[i, k] for k in others(labels, i)[1]] + [margin - d[j, k] for k in others(labels, j)[1]]
            pairs = torch.relu(d[i, j] + torch.logsumexp(torch.stack(push), 0)) ** 2 if push else zero(x)
            terms.append(pairs)
    return reduce(terms, x) / 2


def smooth_ap(x, labels, temperature=0.01, own="left-out"):
    """1 - AP of each image's ranking of all others, or with own="ranked" of all, itself a positive."""
    f = unit(x)
    s = f @ f.T
    losses = []
    for a in range(len(labels)):
        same, different = others(labels, a)
        if not same:
            continue
        positives = same + [a] if own == "ranked" else same
        rank = lambda i, among: 1 + sum(torch.sigmoid((s[a, j] - s[a, i]) / temperature) for j in among if j != i)
        losses.append(1 - sum(rank(i, positives) / rank(i, positives + different) for i in positives) / len(positives))
    return reduce(losses, x)


objectives = {
    "softmax": softmax,
    "ep": easy_positive("all"),
    "ephn": easy_positive("hard"),
    "epshn": easy_positive("semi-hard"),
    "sct": sct,
    "npair": npair,
    "proxy-nca": proxy_nca,
    "triplet": triplet,
    "margin": margin,
    "lifted": lifted,
    "nca": nca,
    "smooth-ap": smooth_ap,
}

# --- recording -------------------------------------------------------------------------------------------------


def semi_hard_is_plain(x, labels, margin=0.2):
    """Whether windows by D and by its square hold the same single negatives, with losses above 0."""
    d = distances(x.double())
    windows = []
    for a in range(len(labels)):
        same, different = others(labels, a)
        for p in same:
            by_distance = [j for j in different if d[a, p] < d[a, j] < d[a, p] + margin]
            by_square = [j for j in different if d[a, p] < d[a, j] and d[a, j] ** 2 < d[a, p] ** 2 + margin]
            if by_distance != by_square or len(by_distance) > 1:
                return False
            windows += by_distance
    return len(windows) >= 2


def evaluate(objective, x, labels, proxies, options):
    x = x.double().requires_grad_()
    extra = {}
    if proxies is not None:
        extra["proxies"] = proxies.double().requires_grad_()
    loss = objectives[objective](x, labels, **extra, **options)
    gradients = torch.autograd.grad(loss, [x, *extra.values()], allow_unused=True)
    return loss.item(), [torch.zeros_like(x) if g is None else g for g in gradients]


def steady(objective, x, labels, proxies, options):
    """Whether loss and gradient survive disturbances of the size of float32 rounding, times twenty."""
    loss, (gradient, *_) = evaluate(objective, x, labels, proxies, options)
    for trial in range(6):
        disturbed = x.double() * (1 + 2e-6 * fill(f"disturbance{trial}", x.shape, 2.0).double())
        loss2, (gradient2, *_) = evaluate(objective, disturbed, labels, proxies, options)
        if abs(loss2 - loss) > 1e-4 * max(abs(loss), 0.01):
            return False
        if (gradient2 - gradient).abs().max() > 1e-3 * max(gradient.abs().max().item(), 0.01):
            return False
    return True


def check_by_differences(objective, x, labels, proxies, options, gradient):
    h = 1e-6
    for k in range(0, x.numel(), 5):
        moved = []
        for sign in (1, -1):
            y = x.double().clone()
            y.view(-1)[k] += sign * h
            moved.append(evaluate(objective, y, labels, proxies, options)[0])
        slope = (moved[0] - moved[1]) / (2 * h)
        assert abs(slope - gradient.view(-1)[k].item()) < 1e-6 * max(1, gradient.abs().max().item()), (objective, options)


def record(batch, objective, options=None, note=None, tolerance=None):
    options = options or {}
    for attempt in range(2000):
        x, labels = makers[batch](f"{batch}{attempt}")
        if objective == "softmax":
            labels = [(5 * i + 3) % dim for i in range(len(labels))]
        proxies = fill(f"{batch}.proxies", (max(labels) + 1, dim), 12**0.5) if objective == "proxy-nca" else None
        if batch == "plain" and not semi_hard_is_plain(x, labels):
            continue
        try:
            if batch == "collapsed" or steady(objective, x, labels, proxies, options):
                break
        except AssertionError:
            continue
    else:
        raise RuntimeError(f"no steady batch for {objective} {options} on {batch}")
    loss, (gradient, *more) = evaluate(objective, x, labels, proxies, options)
    if batch != "collapsed" and options.get("order") != 0:
        check_by_differences(objective, x, labels, proxies, options, gradient)
    case = {
        "name": " ".join([objective, batch, *(f"{k}={v}" for k, v in options.items())]),
        "objective": objective,
        "options": options,
        "embeddings": numbers(x),
        "dim": dim,
        "labels": labels,
    }
    if proxies is not None:
        case |= {"proxies": numbers(proxies)}
    case |= {"loss": number(loss), "gradient": numbers(gradient)}
    if more:
        case |= {"proxyGradient": numbers(more[0])}
    if note:
        case |= {"note": note}
    if tolerance:
        case |= {"tolerance": tolerance}
    cases.append(case)


number = lambda v: float(f"{v:.10g}")
numbers = lambda t: [number(v) for v in t.flatten().tolist()]
cases = []

for batch in ("ordinary", "wide"):
    for smoothing in (0.0, 0.05, 0.3):
        record(batch, "softmax", {"smoothing": smoothing})
for objective in ("ep", "ephn", "epshn"):
    for batch in ("ordinary", "wide", "duplicates", "lonely", "tight", "one-class"):
        for order in (1, 2):
            record(batch, objective, {"order": order})
    record("ordinary", objective)
    record("ordinary", objective, {"order": 1, "reduction": "sum"})
    record("wide", objective, {"order": 2, "reduction": "sum"})
    record("ordinary", objective, {"temperature": 1.0})
    record("duplicates", objective, {"duplicateCeiling": 2}, note="an image is its twin's easy positive")
    record("opposed", objective, {"minimumSimilarity": -1})
    record("opposed", objective, {"minimumSimilarity": -1, "order": 2})
    record("collapsed", objective, note="every positive counts as a duplicate: all anchors are dropped")
for objective in ("ep", "ephn", "epshn"):
    record("opposed", objective, note="anchors without a positive of positive similarity are dropped")
for objective in ("ephn", "epshn"):
    record("ordinary", objective, {"minimumSimilarity": 0.6})
for objective in ("ep", "ephn"):
    record("collapsed", objective, {"duplicateCeiling": 2}, note="nothing is dropped; the loss is log(1 + negatives)")
for order in (0, 3):
    for batch in ("ordinary", "wide"):
        for weight in (0.1, 1):
            record(
                batch, "ephn", {"order": order, "weight": weight},
                note="a mixed order of methods.md 2, `weight` on its hard triplets; not among the options of interface.md",
            )
for batch in ("ordinary", "wide", "lonely", "duplicates", "one-class"):
    record(batch, "sct")
record("ordinary", "sct", {"lambda": 0.3})
for batch in ("ordinary", "wide", "lonely", "duplicates", "one-class", "collapsed"):
    record(batch, "npair")
record("ordinary", "npair", {"l2": 0})
record("ordinary", "npair", {"l2": 0.1, "scale": 0.5}, note="scale multiplies the dot products")
for batch in ("ordinary", "lonely", "one-class", "collapsed"):
    record(batch, "proxy-nca")
record("ordinary", "proxy-nca", {"scale": 1})
for mining in ("semi-hard", "hard"):
    for batch in ("plain", "ordinary", "wide", "lonely", "one-class"):
        record(batch, "triplet", {"mining": mining})
    record("ordinary", "triplet", {"mining": mining, "margin": 0.5})
record("collapsed", "triplet", {"mining": "hard"})
for objective, options in (("margin", {"alpha": 0.1, "beta": 0.9}), ("lifted", {"margin": 0.5})):
    for batch in ("ordinary", "wide", "lonely", "opposed", "one-class"):
        record(batch, objective)
    record("ordinary", objective, options)
    record("collapsed", objective, tolerance=2e-3, note="D = 0: the gradient is taken as 0; the root of a rounded 0 shows")
for batch in ("ordinary", "wide", "lonely", "one-class", "collapsed"):
    record(batch, "nca", {"scale": 1})
for batch in ("ordinary", "wide", "lonely", "opposed", "duplicates", "one-class"):
    record(batch, "smooth-ap", {"temperature": 0.1})
for batch in ("ordinary", "lonely"):
    record(batch, "smooth-ap")
    record(batch, "smooth-ap", {"temperature": 0.1, "own": "ranked"})

note = "Recorded by test/oracles/objectives.py with PyTorch %s in float64." % torch.__version__
lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
print('{"note":%s,\n"cases":[\n%s\n]}' % (json.dumps(note), lines))
