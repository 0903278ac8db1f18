/**
 * The table of all commands: what `glasshouse --help` lists, and where each definition is found. A definition
 * and everything below it is loaded only when its command is called; the table itself costs nothing.
 */
import { lenses } from '../lenses/registry.ts'
import type { CommandDefinition } from './command.ts'

export interface CommandEntry {
  /** one word, or a group and a word: `train`, `data seedlings` */
  name: string
  summary: string
  /** under which heading --help lists it */
  heading: string
  /** left out of the help */
  hidden?: boolean
  load(): Promise<CommandDefinition>
}

export const commands: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'the main job on built-in data: draw, train, look inside, report',
    heading: 'Start here:',
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'studio',
    summary: 'one web page over everything: browse, train, and look inside',
    heading: 'Start here:',
    load: async () => (await import('./studio.ts')).studio,
  },
  {
    name: 'data seedlings',
    summary: 'write the built-in, drawn data of 12 species as train/ and test/ folders',
    heading: 'Data:',
    load: async () => (await import('./data-seedlings.ts')).dataSeedlings,
  },
  {
    name: 'data montage',
    summary: 'write a drawn video of people who watch the same film, each in a tile',
    heading: 'Data:',
    load: async () => (await import('./data-montage.ts')).dataMontage,
  },
  {
    name: 'data inspect',
    summary: 'what is there: counts per class and split, sizes, unreadable files, duplicates',
    heading: 'Data:',
    load: async () => (await import('./data-inspect.ts')).dataInspect,
  },
  {
    name: 'commutation',
    summary: 'can JPEG or demosaicing reveal a mirrored image of this width? before any training',
    heading: 'Labels that cost nothing:',
    load: async () => (await import('./commutation.ts')).commutationCommand,
  },
  {
    name: 'pretext',
    summary: 'can a network tell what was done to an image, such as mirroring, and from what?',
    heading: 'Labels that cost nothing:',
    load: async () => (await import('./pretext.ts')).pretext,
  },
  {
    name: 'quiz',
    summary: 'the pretext question for people, beside the network: one page to share, offline',
    heading: 'Labels that cost nothing:',
    load: async () => (await import('./quiz.ts')).quiz,
  },
  {
    name: 'montage',
    summary: 'split videos of people who watch the same film: tiles, shifts, faces, moments as labels',
    heading: 'Labels that cost nothing:',
    load: async () => (await import('./montage.ts')).montage,
  },
  {
    name: 'reactions',
    summary: 'do people react alike at the same moment? learns from a montage, without names of emotions',
    heading: 'Labels that cost nothing:',
    load: async () => (await import('./reactions.ts')).reactions,
  },
  {
    name: 'one-image',
    summary: 'what can be learned from a single image, layer by layer, beside all images and their labels',
    heading: 'Labels that cost nothing:',
    load: async () => (await import('./one-image.ts')).oneImageCommand,
  },
  {
    name: 'train',
    summary: 'train a classifier or an embedding',
    heading: 'Training:',
    load: async () => (await import('./train.ts')).train,
  },
  {
    name: 'calibrate',
    summary: 'measure which forms of a convolution are fastest on this machine, for trainings to come',
    heading: 'Training:',
    load: async () => (await import('./calibrate.ts')).calibrateCommand,
  },
  {
    name: 'objectives',
    summary: 'the objectives of embeddings, and where each moves a triplet',
    heading: 'Training:',
    load: async () => (await import('./objectives.ts')).objectivesCommand,
  },
  {
    name: 'sweep',
    summary: 'a grid of training runs (objectives x rates x seeds ...), then one plot',
    heading: 'Training:',
    load: async () => (await import('./sweep.ts')).sweep,
  },
  {
    name: 'worker',
    summary: 'take runs of sweeps and shards of vectors from a queue, and do them',
    heading: 'Training:',
    load: async () => (await import('./worker.ts')).worker,
  },
  {
    name: 'jobs',
    summary: 'what is in a queue, how far it is, and what was set aside and why',
    heading: 'Training:',
    load: async () => (await import('./jobs.ts')).jobs,
  },
  {
    name: 'runs',
    summary: 'all runs in a folder with data, score and state, as a list and as a page',
    heading: 'Training:',
    load: async () => (await import('./runs.ts')).runs,
  },
  {
    name: 'evaluate',
    summary: 'accuracy and confusion of a classifier, or recall at K of an embedding',
    heading: 'Training:',
    load: async () => (await import('./evaluate.ts')).evaluate,
  },
  {
    name: 'classify',
    summary: 'what a classifier sees in images',
    heading: 'Networks:',
    load: async () => (await import('./classify.ts')).classify,
  },
  {
    name: 'check',
    summary: 'does this network give the same outputs here as elsewhere? finds the usual reasons if not',
    heading: 'Networks:',
    load: async () => (await import('./check.ts')).check,
  },
  {
    name: 'embed',
    summary: 'vectors of all images of a data set, as an Arrow file or in shards',
    heading: 'Networks:',
    load: async () => (await import('./embed.ts')).embed,
  },
  {
    name: 'probe',
    summary: 'what a linear classifier reads off each layer of a network, beside nearest neighbours',
    heading: 'Networks:',
    load: async () => (await import('./probe.ts')).probe,
  },
  {
    name: 'model inspect',
    summary: 'layers of a network by name, with shapes, parameters and multiply-adds',
    heading: 'Networks:',
    load: async () => (await import('./model-inspect.ts')).modelInspect,
  },
  {
    name: 'model convert',
    summary: 'write a network as .onnx or .safetensors; any file of weights as .safetensors',
    heading: 'Networks:',
    load: async () => (await import('./model-convert.ts')).modelConvert,
  },
  {
    name: 'weights list',
    summary: 'published weights that can be fetched, and which of them are here',
    heading: 'Networks:',
    load: async () => (await import('./weights-list.ts')).weightsList,
  },
  {
    name: 'weights pull',
    summary: 'fetch published weights, check them, and keep them in the cache folder',
    heading: 'Networks:',
    load: async () => (await import('./weights-pull.ts')).weightsPull,
  },
  ...lenses.map(({ name, description, load }) => ({
    name,
    summary: description,
    heading: 'Lenses:',
    load: async () => (await import('./lens-command.ts')).lensCommand(await load()),
  })),
]
