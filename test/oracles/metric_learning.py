"""Records objectives as pytorch-metric-learning computes them: loss and gradient in float64.

That library is run as it is, from a checkout beside this repository; nothing of it is used here besides its classes.
Cases of objectives that other files record as formulas show the translation: which class, miner and arguments of the
library are the same as our name and options. Batches come from batches.py, one for several cases, and are kept only if
small disturbances hardly change the gradient.

Versions: pytorch-metric-learning 2.8.1, PyTorch 1.13.0a0, numpy 1.24.2, Python 3.11.
Run: python3 test/oracles/metric_learning.py CHECKOUT/src > test/fixtures/metric-learning.json"""
import json
import sys
from types import SimpleNamespace

import torch

sys.path.append(sys.argv[1])
# Progress bars of its downloads, which are not asked for.
sys.modules.setdefault("tqdm", SimpleNamespace(tqdm=iter))

from pytorch_metric_learning import distances, losses, miners, reducers  # noqa: E402

from batches import dim, makers  # noqa: E402
from fill import fill  # noqa: E402

torch.set_num_threads(1)


def embedded(loss, miner=None):
    """The loss of embeddings and labels, of the pairs that a miner chooses if there is one."""

    def value(x, labels, proxies):
        return loss(x, labels, miner(x, labels) if miner else None)

    return value


def evaluate(value, x, labels, proxies):
    x = x.double().requires_grad_()
    own = [] if proxies is None else [proxies.double().requires_grad_()]
    loss = value(x, torch.tensor(labels), *(own or [None]))
    gradients = torch.autograd.grad(loss, [x, *own], allow_unused=True)
    return loss.item(), [torch.zeros_like(y) if g is None else g for g, y in zip(gradients, [x, *own])]


def steady(value, x, labels, proxies):
    """Whether loss and gradient survive disturbances of the size of float32 rounding, times twenty."""
    loss, (gradient, *_) = evaluate(value, x, labels, proxies)
    for trial in range(6):
        disturbed = x.double() * (1 + 2e-6 * fill(f"disturbance{trial}", x.shape, 2.0).double())
        loss2, (gradient2, *_) = evaluate(value, disturbed, labels, proxies)
        if abs(loss2 - loss) > 1e-4 * max(abs(loss), 0.01):
            return False
        if (gradient2 - gradient).abs().max() > 1e-3 * max(gradient.abs().max().item(), 0.01):
            return False
    return True


def record(batch, objective, options, value, note, rows=0):
    """rows: proxies of each class, for objectives that have them"""
    for attempt in range(200):
        key = f"{batch}{attempt}"
        x, labels = makers[batch](key)
        proxies = fill(f"{key}.proxies{rows}", ((max(labels) + 1) * rows, dim), 12**0.5) if rows else None
        if batch in ("collapsed", "duplicates") or steady(value, x, labels, proxies):
            break
    else:
        raise RuntimeError(f"no steady batch for {objective} {options} on {batch}")
    loss, (gradient, *more) = evaluate(value, x, labels, proxies)
    batches[key] = {"embeddings": numbers(x, 10), "dim": dim, "labels": labels}
    case = {
        "name": " ".join([objective, batch, *(f"{k}={v}" for k, v in options.items())]),
        "objective": objective,
        "options": options,
        "peer": note,
        "batch": key,
        "loss": number(loss, 8),
        "gradient": numbers(gradient, 8),
    }
    if rows:
        case |= {"proxies": numbers(proxies, 10), "proxyGradient": numbers(more[0], 8)}
    cases.append(case)


number = lambda v, digits: float(f"{v:.{digits}g}")
numbers = lambda t, digits: [number(v, digits) for v in t.flatten().tolist()]
batches = {}
cases = []

# --- pairs ------------------------------------------------------------------------------------------------------

D, L, M, R = distances, losses, miners, reducers
usual = ("ordinary", "wide", "lonely", "duplicates", "opposed", "one-class", "collapsed")


def pairs(objective, options, loss, note, miner=None, on=usual):
    for batch in on:
        record(batch, objective, options, embedded(loss, miner), note)


pairs("contrastive", {}, L.ContrastiveLoss(), "ContrastiveLoss()")
pairs(
    "contrastive", {"positiveMargin": 0.4, "negativeMargin": 1.3}, L.ContrastiveLoss(0.4, 1.3),
    "ContrastiveLoss(pos_margin=0.4, neg_margin=1.3)", on=("ordinary", "wide"),
)
pairs("supcon", {}, L.SupConLoss(), "SupConLoss()")
pairs("supcon", {"temperature": 0.5}, L.SupConLoss(0.5), "SupConLoss(temperature=0.5)", on=("ordinary",))
pairs("ntxent", {}, L.NTXentLoss(), "NTXentLoss()")
pairs("ntxent", {"temperature": 0.5}, L.NTXentLoss(0.5), "NTXentLoss(temperature=0.5)", on=("ordinary",))
pairs("multi-similarity", {}, L.MultiSimilarityLoss(), "MultiSimilarityLoss()")
pairs(
    "multi-similarity", {"alpha": 1, "beta": 20, "base": 0.3}, L.MultiSimilarityLoss(1, 20, 0.3),
    "MultiSimilarityLoss(alpha=1, beta=20, base=0.3)", on=("ordinary",),
)
pairs(
    "multi-similarity", {"mining": "informative"}, L.MultiSimilarityLoss(),
    "MultiSimilarityLoss() with MultiSimilarityMiner()", M.MultiSimilarityMiner(),
    on=("ordinary", "wide", "lonely", "tight", "one-class"),
)
pairs(
    "multi-similarity", {"mining": "informative", "epsilon": 0.3}, L.MultiSimilarityLoss(),
    "MultiSimilarityLoss() with MultiSimilarityMiner(epsilon=0.3)", M.MultiSimilarityMiner(0.3), on=("ordinary", "tight"),
)

usual_without_ties = ("ordinary", "wide", "lonely", "opposed", "one-class")
# Not on the collapsed batch: gamma times the rounding of equal similarities is no 0.
pairs("circle", {}, L.CircleLoss(), "CircleLoss()", on=(*usual_without_ties, "duplicates"))
pairs(
    "circle", {"margin": 0.25, "gamma": 10}, L.CircleLoss(0.25, 10), "CircleLoss(m=0.25, gamma=10)", on=("ordinary", "opposed"),
)
pairs("generalised-lifted", {}, L.GeneralizedLiftedStructureLoss(), "GeneralizedLiftedStructureLoss()", on=usual)
pairs(
    "generalised-lifted", {"negativeMargin": 0.5, "positiveMargin": 0.2}, L.GeneralizedLiftedStructureLoss(0.5, 0.2),
    "GeneralizedLiftedStructureLoss(neg_margin=0.5, pos_margin=0.2)", on=("ordinary",),
)
pairs("fast-ap", {}, L.FastAPLoss(), "FastAPLoss()", on=usual_without_ties)
pairs("fast-ap", {"bins": 25}, L.FastAPLoss(25), "FastAPLoss(num_bins=25)", on=("ordinary",))


def angular(alpha):
    """Of normalised vectors: the library normalises anchors and positives only."""
    loss = L.AngularLoss(alpha)
    loss.alpha = loss.alpha.double()
    return lambda x, labels, proxies: loss(torch.nn.functional.normalize(x), labels)


for alpha, on in ((40, usual), (50, ("ordinary",))):
    for batch in on:
        options = {} if alpha == 40 else {"alpha": alpha}
        record(batch, "angular", options, angular(alpha), f"AngularLoss(alpha={alpha}) of normalised vectors")


def views(loss):
    """Of the first with the second image of each class, the third with the fourth, and so on."""

    def value(x, labels, proxies):
        firsts, seconds = [], []
        for label in labels.unique():
            members = torch.where(labels == label)[0].tolist()
            for first, second in zip(members[::2], members[1::2]):
                firsts.append(first)
                seconds.append(second)
        return loss(x[firsts], ref_emb=x[seconds])

    return value


for batch in ("ordinary", "wide", "lonely", "one-class"):
    record(batch, "vicreg", {}, views(L.VICRegLoss()), "VICRegLoss() of successive images of a class")
record(
    "wide", "vicreg", {"invariance": 1, "variance": 5, "covariance": 3, "epsilon": 0.01},
    views(L.VICRegLoss(1, 5, 3, 0.01)), "VICRegLoss(1, 5, 3, eps=0.01) of successive images of a class",
)

plain = {"mining": "all", "distance": "euclidean"}
pairs("triplet", {**plain, "margin": 0.05}, L.TripletMarginLoss(), "TripletMarginLoss()", on=usual)
pairs(
    "triplet", {**plain, "margin": 0.5}, L.TripletMarginLoss(0.5), "TripletMarginLoss(margin=0.5)", on=("ordinary",)
)
pairs(
    "triplet", {**plain, "margin": 0, "form": "soft"}, L.TripletMarginLoss(0, smooth_loss=True),
    "TripletMarginLoss(margin=0, smooth_loss=True)", on=("ordinary", "lonely", "duplicates"),
)
pairs(
    "triplet", {"mining": "all"}, L.TripletMarginLoss(0.2, distance=D.LpDistance(power=2)),
    "TripletMarginLoss(margin=0.2, distance=LpDistance(power=2))", on=("ordinary",),
)
pairs(
    "triplet", {"mining": "hard", "distance": "euclidean", "margin": 0, "form": "soft"},
    L.TripletMarginLoss(0, smooth_loss=True), "TripletMarginLoss(margin=0, smooth_loss=True) with BatchHardMiner()",
    M.BatchHardMiner(), on=("ordinary", "lonely"),
)

# --- the same under another name, or with other arguments ---------------------------------------------------------

pairs(
    "triplet", {"mining": "hard"}, L.TripletMarginLoss(0.2, distance=D.LpDistance(power=2), reducer=R.MeanReducer()),
    "TripletMarginLoss(margin=0.2, distance=LpDistance(power=2), reducer=MeanReducer()) with BatchHardMiner()",
    M.BatchHardMiner(), on=("ordinary", "lonely"),
)
easy = M.BatchEasyHardMiner(pos_strategy="easy", neg_strategy="semihard")
pairs(
    "epshn", {}, L.NTXentLoss(0.1), 'NTXentLoss(temperature=0.1) with BatchEasyHardMiner("easy", "semihard")', easy,
    on=("ordinary", "wide"),
)
easiest = M.BatchEasyHardMiner(pos_strategy="easy", neg_strategy="hard")
pairs(
    "ephn", {}, L.NTXentLoss(0.1), 'NTXentLoss(temperature=0.1) with BatchEasyHardMiner("easy", "hard")', easiest,
    on=("ordinary", "wide"),
)
pairs(
    "npair", {"l2": 0}, L.NPairsLoss(distance=D.DotProductSimilarity(normalize_embeddings=False)),
    "NPairsLoss(distance=DotProductSimilarity(normalize_embeddings=False))", on=("ordinary", "lonely"),
)
pairs("npair", {"l2": 0, "normalise": "yes"}, L.NPairsLoss(), "NPairsLoss()", on=("ordinary", "wide"))
pairs("lifted", {}, L.LiftedStructureLoss(), "LiftedStructureLoss()", on=("ordinary", "lonely"))
pairs("nca", {"scale": 4}, L.NCALoss(4), "NCALoss(softmax_scale=4)", on=("ordinary", "wide"))

# --- proxies ----------------------------------------------------------------------------------------------------


def with_proxies(make, name):
    """The loss with our proxies in the place of its own weights: the columns of W or fc."""

    def value(x, labels, proxies):
        loss = make(int(labels.max()) + 1).double()
        del loss._parameters[name]
        setattr(loss, name, proxies if name == "proxies" else proxies.t())
        loss.cast_types = lambda *_: None
        return loss(x, labels)

    return value


def proxied(objective, options, make, note, name="W", rows=1, on=("ordinary", "wide", "lonely", "one-class")):
    for batch in on:
        record(batch, objective, options, with_proxies(make, name), note, rows)


proxied("arcface", {}, lambda c: L.ArcFaceLoss(c, dim), "ArcFaceLoss()")
proxied(
    "arcface", {"margin": 80, "scale": 10}, lambda c: L.ArcFaceLoss(c, dim, margin=80, scale=10),
    "ArcFaceLoss(margin=80, scale=10)", on=("ordinary", "opposed"),
)
proxied("cosface", {}, lambda c: L.CosFaceLoss(c, dim), "CosFaceLoss()")
proxied(
    "cosface", {"margin": 0.1, "scale": 8}, lambda c: L.CosFaceLoss(c, dim, margin=0.1, scale=8),
    "CosFaceLoss(margin=0.1, scale=8)", on=("ordinary",),
)
proxied(
    "sub-centre-arcface", {}, lambda c: L.SubCenterArcFaceLoss(num_classes=c, embedding_size=dim),
    "SubCenterArcFaceLoss()", rows=3, on=("ordinary", "lonely"),
)
proxied(
    "sub-centre-arcface", {"subCentres": 2, "scale": 16},
    lambda c: L.SubCenterArcFaceLoss(num_classes=c, embedding_size=dim, sub_centers=2, scale=16),
    "SubCenterArcFaceLoss(sub_centers=2, scale=16)", rows=2, on=("ordinary",),
)
proxied("proxy-anchor", {}, lambda c: L.ProxyAnchorLoss(c, dim), "ProxyAnchorLoss()", "proxies")
proxied(
    "proxy-anchor", {"margin": 0.3, "alpha": 8}, lambda c: L.ProxyAnchorLoss(c, dim, margin=0.3, alpha=8),
    "ProxyAnchorLoss(margin=0.3, alpha=8)", "proxies", on=("ordinary",),
)
proxied("soft-triple", {}, lambda c: L.SoftTripleLoss(c, dim), "SoftTripleLoss()", "fc", 10, on=("ordinary",))
proxied(
    "soft-triple", {"centres": 3, "lambda": 8, "gamma": 0.5, "margin": 0.2},
    lambda c: L.SoftTripleLoss(c, dim, centers_per_class=3, la=8, gamma=0.5, margin=0.2),
    "SoftTripleLoss(centers_per_class=3, la=8, gamma=0.5, margin=0.2)", "fc", 3, on=("ordinary", "lonely"),
)
proxied("proxy-nca", {"scale": 3}, lambda c: L.ProxyNCALoss(c, dim, softmax_scale=9), "ProxyNCALoss(softmax_scale=9)", "proxies", on=("ordinary",))

# --- cross-batch memory -------------------------------------------------------------------------------------------


def remembered(objective, options, loss, size, name):
    """Four batches in turn: each is compared with the last `size` vectors, itself among them."""
    memory = L.CrossBatchMemory(loss, dim, memory_size=size)
    steps = []
    for step in range(4):
        key = f"ordinary{step}"
        x, labels = makers["ordinary"](key)
        batches[key] = {"embeddings": numbers(x, 10), "dim": dim, "labels": labels}
        value, (gradient,) = evaluate(lambda x, labels, _: memory(x, labels), x, labels, None)
        steps.append({"batch": key, "loss": number(value, 8), "gradient": numbers(gradient, 8)})
    sequences.append({"objective": objective, "options": {**options, "memory": size}, "peer": name, "steps": steps})


sequences = []
remembered("contrastive", {}, L.ContrastiveLoss(), 30, "CrossBatchMemory(ContrastiveLoss(), 8, memory_size=30)")
remembered("multi-similarity", {}, L.MultiSimilarityLoss(), 12, "CrossBatchMemory(MultiSimilarityLoss(), 8, memory_size=12)")
remembered("supcon", {}, L.SupConLoss(), 100, "CrossBatchMemory(SupConLoss(), 8, memory_size=100)")
remembered(
    "triplet", {"mining": "all", "distance": "euclidean"}, L.TripletMarginLoss(0.2), 24,
    "CrossBatchMemory(TripletMarginLoss(margin=0.2), 8, memory_size=24)",
)

note = "Recorded by test/oracles/metric_learning.py: pytorch-metric-learning 2.8.1, PyTorch %s, float64." % torch.__version__
compact = lambda value: json.dumps(value, separators=(",", ":"))
lines = lambda rows: ",\n".join(rows)
print('{"note":%s,\n"batches":{\n%s\n},\n"cases":[\n%s\n],\n"sequences":[\n%s\n]}' % (
    json.dumps(note),
    lines(f"{json.dumps(key)}:{compact(batch)}" for key, batch in batches.items()),
    lines(compact(case) for case in cases),
    lines(compact(sequence) for sequence in sequences),
))
