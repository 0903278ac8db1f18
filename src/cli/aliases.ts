/**
 * What people type who come from other tools, and what it is called here. A name of ours that is close in spelling is
 * found without this table; it holds what differs in the word.
 */
import { likelyMeant } from '../base/closest.ts'

/** By the flag that is meant, without its dashes: what it is called elsewhere. */
const flagAliases: Readonly<Record<string, string>> = {
  batch: 'batch-size bs train-batch-size per-device-train-batch-size minibatch',
  lr: 'learning-rate lr0 base-lr max-lr alpha eta step-rate',
  epochs: 'num-epochs n-epochs max-epochs num-train-epochs passes',
  size: 'image-size img-size imgsz img input-size resolution resize crop-size',
  net: 'model arch architecture backbone network base-model model-name',
  weights: 'pretrained checkpoint ckpt init load start-from pretrained-weights',
  objective: 'loss loss-function criterion loss-fn',
  set: 'option options objective-options loss-args',
  optimizer: 'optimiser opt optim',
  weightDecay: 'wd decay l2 weight-regularization',
  schedule: 'scheduler lr-scheduler lr-schedule sched lr-policy',
  warmup: 'warmup-steps warm-up num-warmup-steps warmup-iters',
  dim: 'embedding-dim embed-dim embedding-size emb-dim dims dimension output-dim feature-dim',
  perClass: 'samples-per-class images-per-class m-per-class instances num-instances images-per-species',
  headRate: 'head-lr head-lr-mult classifier-lr fc-lr',
  freeze: 'freeze-until freeze-layers frozen-stages freeze-backbone',
  lora: 'lora-r lora-rank peft adapter low-rank',
  loraAlpha: 'alpha',
  freezeBn: 'freeze-batchnorm bn-eval freeze-norm',
  augment: 'augmentation augmentations aug transforms transform',
  holdOut: 'val-split validation-split test-size valid-pct val-ratio test-split split-ratio',
  holdOutClasses: 'unseen-classes test-classes',
  resume: 'continue resume-from resume-from-checkpoint restore',
  checkpointEvery: 'save-every save-interval checkpoint-interval save-freq',
  smoothing: 'label-smoothing smooth ls',
  out: 'output output-dir out-dir save-dir logdir log-dir outdir project dest destination o',
  seed: 'random-seed random-state rng manual-seed',
  device: 'gpu cuda accelerator use-gpu backend',
  threads: 'workers num-workers jobs num-threads n-jobs cpus j',
  quiet: 'silent no-progress q',
  json: 'output-json format-json',
  layer: 'target-layer target-layers layer-name layers module node',
  layers: 'layer layer-names target-layers',
  class: 'target target-class category label class-idx class-index',
  method: 'algorithm technique cam-method',
  samples: 'num-samples n-samples max-samples limit',
  top: 'topk top-k k',
  count: 'k topk top-k n num-neighbours num-neighbors neighbours neighbors',
  ranks: 'k ks recall-at at-k',
  split: 'subset partition set',
  perplexity: 'perp',
  iterations: 'n-iter num-iterations max-iter iters niter num-steps',
  init: 'initialization initialisation',
  steps: 'iterations iters n-iter num-steps',
  stepSize: 'lr learning-rate step rate',
  octaves: 'num-octaves n-octaves levels',
  octaveScale: 'octave-ratio scale-factor zoom',
  channel: 'neuron unit filter channel-index',
  labels: 'targets y classes label-file',
  images: 'images data image-dir image-folder',
  gallery: 'database index reference',
  clusters: 'nmi kmeans clustering',
  parallel: 'jobs concurrency max-parallel workers at-once',
  components: 'n-components num-components pcs',
  strict: 'fail-on-error',
}

const commandAliases: Readonly<Record<string, string>> = {
  cam: 'gradcam grad-cam heatmap saliency gradcam++ explain class-activation-map',
  mistakes: 'errors misclassified misclassifications confusion failures label-errors',
  runs: 'list ls history experiments list-runs show-runs',
  train: 'fit finetune fine-tune training learn',
  evaluate: 'eval test validate val score benchmark',
  classify: 'predict infer inference',
  embed: 'embeddings extract features encode vectors export-embeddings',
  channels: 'microscope activation-maximization channel-visualization feature-sheet',
  dream: 'deepdream deep-dream visualize visualise optvis feature-visualization',
  neighbours: 'neighbors knn search retrieve retrieval query similar',
  tsne: 't-sne umap project map',
  sweep: 'grid grid-search hparams tune hyperparameters',
  similarity: 'compare',
  'model inspect': 'summary layers info describe inspect',
  'model convert': 'export convert onnx',
  'data inspect': 'dataset stats',
  'weights pull': 'download pull fetch',
  'data seedlings': 'seedlings',
  demo: 'example quickstart tour',
}

const kebab = (key: string): string => key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)

/** Which of the keys of options a flag, typed without dashes, may have meant. */
export const meantFlags = (word: string, keys: readonly string[]): string[] =>
  meant(
    word,
    keys.map(key => ({ name: kebab(key), aliases: flagAliases[key] })),
  )

export const meantCommands = (word: string, names: readonly string[]): string[] =>
  meant(
    word,
    names.map(name => ({ name, aliases: commandAliases[name] })),
  )

function meant(word: string, known: readonly { name: string; aliases?: string }[]): string[] {
  const plain = word.toLowerCase().replaceAll('_', '-')
  const same = known.filter(({ aliases = '' }) => aliases.split(' ').includes(plain))
  if (same.length) return same.map(({ name }) => name)
  return likelyMeant(
    plain,
    known.map(({ name }) => name),
  )
}
