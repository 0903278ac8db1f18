/**
 * What files and metadata say of a model: how its images are prepared, what its outputs are called, and whether they are
 * classes. Three sources are understood: our own description (`model.json` beside `model.onnx`), the metadata that
 * Ultralytics writes into a model, and the files that Hugging Face keeps beside one.
 */
import { distance } from 'fastest-levenshtein'
import { z } from 'zod'
import { GlasshouseError } from '../base/errors.ts'
import type { Fit, Interpolation } from '../nets/architecture.ts'
import type { Preprocessing } from '../nets/network.ts'
import type { Scores } from '../nets/scores.ts'
import { preprocessingSchema } from './export.ts'

export interface Description {
  /** the file or the metadata that says it, for notes */
  from: string
  preprocessing?: Partial<Preprocessing>
  /** names of the outputs of a classifier */
  classes?: readonly string[]
  kind?: 'classes' | 'embedding'
  /** how the numbers of a classifier become probabilities, where the model itself does not end in them */
  scores?: Scores
  /** what it says and is not followed here */
  notes: readonly string[]
}

const own = z.strictObject({
  preprocessing: preprocessingSchema.partial().strict().optional(),
  classes: z.array(z.string()).optional(),
  kind: z.enum(['classes', 'embedding']).optional(),
})
const ownKeys = [...Object.keys(own.shape), ...Object.keys(preprocessingSchema.shape)]

/** What files beside a model say of it. */
export interface Described {
  /** the file of the model's own name, where it is our description; what it says comes first */
  own?: Description
  /** the same file where another program wrote it */
  other?: Description
  /** files of the folder, which may be those of another model */
  folder?: Description
  notes: string[]
}

/**
 * A JSON file that carries the model's name: our description, one of Hugging Face's, a list of class names, or a file of
 * another program that happens to be called so (undefined).
 *
 * @throws GlasshouseError 'onnx-description' where it is meant for us and not as it should be
 */
export function describedBeside(
  content: unknown,
  from: string,
): { own?: Description; other?: Description } | undefined {
  if (isNames(content)) return { other: { from, classes: content, notes: [] } }
  if (!isRecord(content)) return undefined
  const keys = Object.keys(content)
  const isOurs = keys.length === 0 || keys.some(key => ownKeys.some(known => isClose(key, known)))
  if (!isOurs) {
    const described = describedByHuggingFace(content, content, from)
    return described.classes || described.preprocessing ? { other: described } : undefined
  }
  const parsed = own.safeParse(content)
  if (parsed.success) return { own: { ...parsed.data, from, notes: [] } }
  const [issue] = parsed.error.issues
  throw descriptionError(from, [issue.path.join('.'), issue.message].filter(Boolean).join(': '), parsed.error)
}

export const descriptionError = (where: string, why: string, cause?: unknown): GlasshouseError =>
  new GlasshouseError({
    code: 'onnx-description',
    what: `the description beside the model is not as it should be: ${why}`,
    where,
    expected:
      '{ "preprocessing": { "size", "resize", "mean", "deviation" }, "classes": [...], "kind" }, each of them optional',
    cause,
  })

/** A misspelt key is meant for us; one that is far from ours is another program's. */
const isClose = (key: string, known: string): boolean =>
  key === known || (key.length > 3 && distance(key, known) <= 2)

/** Ultralytics writes its settings into the metadata, as Python spells them. */
export function describedByUltralytics(metadata: Readonly<Record<string, string>>): Description | undefined {
  const { names, imgsz, task, author = '' } = metadata
  const classes = names === undefined ? undefined : pythonNames(names)
  if (!classes || (imgsz === undefined && !/ultralytics/i.test(author))) return undefined
  const [side] = imgsz?.match(/\d+/) ?? []
  const size = side === undefined ? undefined : Number(side)
  return {
    from: 'the metadata of Ultralytics',
    classes,
    preprocessing: {
      ...(size && { size, resize: size }),
      mean: [0, 0, 0],
      deviation: [1, 1, 1],
    },
    notes: task && task !== 'classify' ? [`the model is for another task than to classify: ${task}`] : [],
  }
}

/** `{0: 'ant', 1: "bee"}` or `['ant', 'bee']`; undefined where it is neither. */
function pythonNames(text: string): string[] | undefined {
  const word = String.raw`'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"`
  const entries = [...text.matchAll(new RegExp(String.raw`(?:(\d+)\s*:\s*)?(${word})`, 'g'))]
  const plain = (quoted: string) => quoted.slice(1, -1).replace(/\\(.)/g, '$1')
  const isOrdered = entries.every(([, index], place) => index === undefined || Number(index) === place)
  return entries.length && isOrdered ? entries.map(([, , name]) => plain(name)) : undefined
}

const side = z.union([
  z.number().int().positive(),
  z.object({ height: z.number().int().positive(), width: z.number().int().positive() }),
  z.object({ shortest_edge: z.number().int().positive() }),
  z.object({ longest_edge: z.number().int().positive() }),
])
const colours = z.tuple([z.number(), z.number(), z.number()])
const preprocessor = z.object({
  size: side.optional(),
  crop_size: side.optional(),
  crop_pct: z.number().positive().max(1).optional(),
  do_resize: z.boolean().optional(),
  do_center_crop: z.boolean().optional(),
  do_rescale: z.boolean().optional(),
  rescale_factor: z.number().positive().optional(),
  do_normalize: z.boolean().optional(),
  do_pad: z.boolean().optional(),
  do_flip_channel_order: z.boolean().optional(),
  resample: z.number().int().optional(),
  image_mean: colours.optional(),
  image_std: colours.optional(),
})
const config = z.object({
  id2label: z.record(z.string(), z.string()).optional(),
  problem_type: z.string().nullish(),
  // timm's
  pretrained_cfg: z
    .object({
      mean: colours.optional(),
      std: colours.optional(),
      crop_pct: z.number().positive().max(1).optional(),
      crop_mode: z.string().optional(),
      interpolation: z.string().optional(),
      input_size: z
        .tuple([z.literal(3), z.number().int().positive(), z.number().int().positive()])
        .optional(),
    })
    .optional(),
  label_names: z.array(z.string()).optional(),
})

/** Contents of `config.json` and `preprocessor_config.json`; what is not as it is known there is passed over. */
export function describedByHuggingFace(
  configuration: unknown,
  preparation: unknown,
  from: string,
): Description {
  const notes: string[] = []
  const {
    id2label,
    problem_type,
    pretrained_cfg: timm,
    label_names,
  } = config.safeParse(configuration).data ?? {}
  const classes = id2label ? labelsInOrder(id2label) : label_names
  const scores = problem_type === 'multi_label_classification' ? 'sigmoid' : undefined
  if (problem_type === 'regression')
    notes.push('its numbers are estimates (problem_type); here they are read as scores of classes')
  const common = { from, classes, ...(scores && ({ scores } as const)), notes }
  const steps = preprocessor.safeParse(preparation).data
  const isTold = steps && (steps.image_mean || steps.size || steps.crop_size || steps.rescale_factor)
  if (isTold) return { ...common, preprocessing: preparedBy(steps, notes) }
  if (!timm) return common
  const size = timm.input_size?.[1]
  return {
    ...common,
    preprocessing: {
      ...(size && { size, resize: Math.round(size / (timm.crop_pct ?? 0.875)) }),
      ...(timm.crop_mode === 'squash' && { fit: 'squash' as const }),
      ...(timm.crop_mode === 'border' && { fit: 'letterbox' as const }),
      ...(timm.interpolation === 'bicubic' && { interpolation: 'bicubic' as const }),
      ...(timm.mean && { mean: timm.mean }),
      ...(timm.std && { deviation: timm.std }),
    },
  }
}

function preparedBy(steps: z.output<typeof preprocessor>, notes: string[]): Partial<Preprocessing> {
  const cut = steps.do_center_crop === false ? undefined : steps.crop_size
  const shortest = steps.size === undefined ? undefined : sideOf(steps.size)
  const size = cut === undefined ? shortest : sideOf(cut)
  const cuts = cut !== undefined || (steps.crop_pct && (shortest ?? 0) < largestCut)
  const resize = steps.crop_pct && shortest && cuts && !cut ? Math.round(shortest / steps.crop_pct) : shortest
  const fit = cuts ? undefined : fitOf(steps)
  if (steps.do_resize === false) notes.push('it does not resize images; here they are resized')
  if (steps.do_pad && fit !== 'letterbox') notes.push('it pads images; here none are padded')
  const interpolation = interpolations.get(steps.resample ?? bilinear)
  if (!interpolation)
    notes.push(`it resizes with another filter (resample ${steps.resample}); here bilinearly`)
  if (steps.do_flip_channel_order)
    notes.push('it feeds colours in the order blue, green, red; here they stay red, green, blue')
  // A network is fed (p r - mean) / deviation of a colour p from 0 to 255; here colours are from 0 to 1.
  const factor = steps.do_rescale === false ? 255 : 255 * (steps.rescale_factor ?? 1 / 255)
  const normalises = steps.do_normalize !== false
  const scaled = (values: readonly number[] | undefined, usual: number): [number, number, number] => {
    const [r, g, b] = (normalises && values) || [usual, usual, usual]
    return [r / factor, g / factor, b / factor]
  }
  return {
    ...(size && { size, resize: resize ?? size }),
    ...(fit && { fit }),
    ...(interpolation === 'bicubic' && { interpolation }),
    mean: scaled(steps.image_mean, 0),
    deviation: scaled(steps.image_std, 1),
  }
}

/** Filters by Pillow's numbers. */
const bilinear = 2
const interpolations = new Map<number, Interpolation>([
  [bilinear, 'bilinear'],
  [3, 'bicubic'],
])

/** From this side on ConvNeXT's preparation takes whole images, whatever its share of the crop. */
const largestCut = 384

/** What becomes of a whole image of which nothing is cut off. */
function fitOf({ size, crop_pct, do_pad }: z.output<typeof preprocessor>): Fit | undefined {
  if (typeof size !== 'object') return undefined
  if ('longest_edge' in size) return do_pad ? 'letterbox' : undefined
  return 'height' in size || crop_pct ? 'squash' : undefined
}

function sideOf(extent: z.output<typeof side>): number {
  if (typeof extent === 'number') return extent
  if ('height' in extent) return extent.height
  return 'longest_edge' in extent ? extent.longest_edge : extent.shortest_edge
}

/** `{ "0": "ant", "1": "bee" }`; undefined where a number is left out. */
function labelsInOrder(labels: Readonly<Record<string, string>>): string[] | undefined {
  const names = Object.keys(labels).map((_, index) => labels[index])
  return names.length && names.every(name => name !== undefined) ? names : undefined
}

/** A list of class names from a file: JSON (a list, or Hugging Face's id2label), or one name per line. */
export function classNamesIn(text: string, where: string): readonly string[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim()
  if (/^[[{]/.test(trimmed)) {
    let content: unknown
    try {
      content = JSON.parse(trimmed)
    } catch (error) {
      throw namesError(where, (error as Error).message)
    }
    const table = z.record(z.string(), z.string()).safeParse(content).data
    const names = isNames(content)
      ? content
      : ((table && labelsInOrder(table)) ?? describedByHuggingFace(content, undefined, where).classes)
    if (names?.length) return names
    throw namesError(where, 'no list of names in it')
  }
  const names = trimmed.split(/\r?\n/).map(line => line.trim())
  if (names.length === 1 && names[0] === '') throw namesError(where, 'it is empty')
  const blank = names.indexOf('')
  if (blank >= 0) throw namesError(where, `line ${blank + 1} is empty`)
  return names
}

const namesError = (where: string, what: string): GlasshouseError =>
  new GlasshouseError({
    code: 'class-names',
    what: `the file holds no names of classes: ${what}`,
    where,
    expected: 'one name per line, or a JSON list of names, in the order of the outputs',
  })

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isNames = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every(name => typeof name === 'string')
