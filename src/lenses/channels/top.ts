/** The images of a data set that excite each channel most. */
import { openStage, unwatched } from '../../base/work.ts'
import { chooseSplit } from '../../data/choose-split.ts'
import { placeOf } from '../../data/dataset.ts'
import { centrePictures, viewOf } from '../../data/prepare/prepare.ts'
import { resample } from '../../data/prepare/resample.ts'
import { pictureAt } from '../../data/store.ts'
import { float32, floats } from '../../graph/tensor.ts'
import { forward } from '../../models/forward.ts'
import type { BuiltNetwork, Network } from '../../nets/network.ts'
import type { DataInput, LensContext } from '../lens.ts'
import { answersOf } from './answers.ts'
import type { ChannelsOptions } from './options.ts'
import type { TopImage } from './result.ts'

/** Images whose answers are computed, and kept, as one piece. */
const piece = 512
/** Side of the small images. */
const viewSize = 112

export interface TopImages {
  /** how many were looked through */
  images: number
  /** for each of the channels, the strongest first */
  top: TopImage[][]
}

export async function topImages(
  context: LensContext,
  network: Network,
  { dataset, pictures }: DataInput,
  channels: readonly number[],
  { layer, split, by, top }: Pick<ChannelsOptions, 'split' | 'by' | 'top'> & { layer: string },
): Promise<TopImages> {
  const indices = chooseSplit(dataset, split, placeOf(dataset))
  const store = await pictures(network.preprocessing)
  const leaders = channels.map((): { row: number; value: number }[] => [])
  const kept = await context.keep?.(network, {
    answers: layer,
    by,
    split,
    data: dataset.fingerprint,
    images: indices.length,
  })
  const answersTo = async (images: Int32Array): Promise<Float32Array> => {
    const fill = centrePictures(store, images, network.preprocessing)
    const pick = (built: BuiltNetwork) => ({ answers: answersOf(built, layer, by) })
    const work = unwatched(context)
    return (await forward(context.engine, network, images.length, fill, pick, { work })).answers
  }
  const stage = openStage(context, 'images', indices.length)
  try {
    for (let start = 0; start < indices.length; start += piece) {
      context.signal.throwIfAborted()
      const some = indices.slice(start, start + piece)
      const name = `images-${start}`
      const known = (await kept?.read(name))?.get('answers')
      const answers = known ? floats(known) : await answersTo(some)
      if (!known)
        await kept?.write(
          name,
          new Map([['answers', float32([some.length, answers.length / some.length], answers)]]),
        )
      const width = answers.length / some.length
      channels.forEach((channel, at) => {
        for (let row = 0; row < some.length; row++)
          insert(leaders[at], { row: start + row, value: answers[row * width + channel] }, top)
      })
      stage.update(start + some.length)
    }
  } finally {
    stage.end()
  }
  const views = new Map<number, TopImage['view']>()
  const viewAt = (row: number) => {
    const known = views.get(row)
    if (known) return known
    const whole = viewOf(pictureAt(store, indices[row]), network.preprocessing)
    const view = whole.width > viewSize ? resample(whole, viewSize, viewSize) : whole
    views.set(row, view)
    return view
  }
  return {
    images: indices.length,
    top: leaders.map(own =>
      own.map(({ row, value }) => {
        const { path, label } = dataset.items[indices[row]]
        return { path, label: dataset.classes[label], value, view: viewAt(row) }
      }),
    ),
  }
}

/** Into a list of at most `most`, the largest value first; of equal ones the earlier. */
function insert<T extends { value: number }>(list: T[], item: T, most: number): void {
  if (list.length === most && !(item.value > list[most - 1].value)) return
  const at = list.findIndex(({ value }) => item.value > value)
  list.splice(at < 0 ? list.length : at, 0, item)
  if (list.length > most) list.pop()
}
