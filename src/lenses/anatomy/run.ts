import { GlasshouseError } from '../../base/errors.ts'
import type { Picture } from '../../base/picture.ts'
import { inStage } from '../../base/work.ts'
import { fillPrepared, viewOf } from '../../data/prepare/prepare.ts'
import { buildOutline, type Network } from '../../nets/network.ts'
import { startOf } from '../dream/choices.ts'
import { type DreamerOptions, dreamerOf } from '../dream/dreamer.ts'
import { pictureOf } from '../dream/image.ts'
import { norm } from '../dream/objectives.ts'
import type { LensContext, ModelInput, NamedPicture, PicturesInput } from '../lens.ts'
import { type Mixing, mixingOf } from './mixing.ts'
import type { AnatomyOptions } from './options.ts'
import type { AnatomyResult, Distances, PartDreams, UnitAnatomy } from './result.ts'
import { type ResidualUnit, residualUnits, unitParts } from './units.ts'

export function check({ model: { network, source } }: { model: ModelInput }, { unit }: AnatomyOptions): void {
  const units = unitsOf(network, source)
  for (const name of unit ?? []) unitNamed(units, name)
}

export async function run(
  context: LensContext,
  { model: { network, source }, image }: { model: ModelInput; image: PicturesInput },
  options: AnatomyOptions,
): Promise<AnatomyResult> {
  const units = unitsOf(network, source)
  const asked = options.unit?.map(name => unitNamed(units, name)) ?? usualUnits(units)
  const pictures = await image.take(options.samples, context.seed)
  const mixings = await mixingOf(context.engine, network, prepare(pictures, network), {
    work: context,
  })
  const start = startOf(pictures[0], network, options.size) as Picture
  const total = asked.length * unitParts.length
  const anatomies: UnitAnatomy[] = []
  await inStage(context, 'dreams', total, async update => {
    for (const unit of asked) {
      const done = anatomies.length * unitParts.length
      const dreams = await dreamOnParts(context, network, unit, start, options, part => update(done + part))
      const ofUnit = (all: readonly Mixing[]) => all.find(({ unit: name }) => name === unit.name)!
      const dreamt = [{ path: 'dream', picture: dreams.sum }]
      const onDream = ofUnit(await mixingOf(context.engine, network, prepare(dreamt, network)))
      anatomies.push({ mixing: ofUnit(mixings), onDream, dreams, distances: distancesOf(dreams) })
    }
  })
  return {
    original: { path: pictures[0].path, picture: start },
    units: anatomies,
    mixings,
    pictures: pictures.length,
  }
}

export const metrics = ({ units, mixings, pictures }: AnatomyResult) => {
  const looked = new Map(units.map(({ mixing, onDream, distances }) => [mixing.unit, { onDream, distances }]))
  const sorted = [...mixings].sort((a, b) => Number(looked.has(b.unit)) - Number(looked.has(a.unit)))
  return {
    pictures,
    units: sorted.map(mixing => ({ ...mixing, ...looked.get(mixing.unit) })),
  }
}

function unitsOf(network: Network, source: string): ResidualUnit[] {
  const units = residualUnits(buildOutline(network).graph)
  if (units.length) return units
  throw new GlasshouseError({
    code: 'no-residual-units',
    what: 'the network has no residual units: nowhere is a branch added to a shortcut',
    where: source,
    hint: 'Name a residual network, such as resnet18',
  })
}

function unitNamed(units: readonly ResidualUnit[], name: string): ResidualUnit {
  const unit = units.find(unit => unit.name === name)
  if (unit) return unit
  throw new GlasshouseError({
    code: 'unknown-unit',
    what: 'the network has no such residual unit',
    path: ['options', 'unit'],
    got: `'${name}'`,
    expected: units.map(({ name }) => name).join(', '),
  })
}

/** The last units of the second and third stage, as in the first images of this kind; else one in the middle. */
function usualUnits(units: readonly ResidualUnit[]): ResidualUnit[] {
  const last = (stage: string) => units.findLast(({ name }) => name.startsWith(`${stage}.`))
  const usual = ['stage2', 'stage3'].flatMap(stage => last(stage) ?? [])
  return usual.length ? usual : [units[Math.floor(units.length / 2)]]
}

function prepare(pictures: readonly NamedPicture[], { preprocessing }: Network): Float32Array {
  const length = 3 * preprocessing.size ** 2
  const images = new Float32Array(pictures.length * length)
  pictures.forEach(({ picture }, index) => {
    fillPrepared(viewOf(picture, preprocessing), preprocessing, images, index * length)
  })
  return images
}

/** The same dream, with the same shifts, on each part. A shortcut that is the input itself shares its dream. */
async function dreamOnParts(
  context: LensContext,
  network: Network,
  unit: ResidualUnit,
  start: Picture,
  options: Omit<DreamerOptions, 'parameterisation' | 'robust'>,
  update: (part: number) => void,
): Promise<PartDreams> {
  const dreams: Partial<PartDreams> = {}
  for (const [index, part] of unitParts.entries()) {
    if (part === 'shortcut' && unit.shortcut === unit.input) dreams.shortcut = dreams.input
    else {
      const dreamer = dreamerOf(context.engine, network, norm(unit[part].name), {
        ...options,
        parameterisation: 'pixels',
        robust: false,
      })
      try {
        dreams[part] = pictureOf((await dreamer.dream(start, context)).image)
      } finally {
        await dreamer.dispose()
      }
    }
    update(index + 1)
  }
  return dreams as PartDreams
}

const distancesOf = ({ sum, ...others }: PartDreams): Distances => ({
  input: distance(sum, others.input),
  shortcut: distance(sum, others.shortcut),
  branch: distance(sum, others.branch),
})

/** Root mean square of the differences. */
export function distance(a: Picture, b: Picture): number {
  let sum = 0
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i] - b.data[i]) ** 2
  return Math.sqrt(sum / a.data.length)
}
