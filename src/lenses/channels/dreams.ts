/** Dreams of the channels of a layer. Each is kept as soon as its batch is finished, so that a run that was stopped goes on. */
import { createPace, openStage, preview } from '../../base/work.ts'
import { float32, floats, type Tensor, tensor } from '../../graph/tensor.ts'
import { type Network, possibleBatch } from '../../nets/network.ts'
import { pictureOf } from '../dream/image.ts'
import type { LensContext } from '../lens.ts'
import { type DreamingOptions, openDreaming } from './dreaming.ts'
import type { ChannelDream } from './result.ts'

/** Milliseconds between two previews. */
const previewEvery = 3000

/** The name of a channel's dream beside the page. */
export const dreamName = (channel: number): string => `channel-${String(channel).padStart(4, '0')}`

/**
 * A dream of each of these channels, in their order.
 * @param batch channels at once
 */
export async function dreamChannels(
  context: LensContext,
  network: Network,
  channels: readonly number[],
  batch: number,
  options: DreamingOptions,
): Promise<ChannelDream[]> {
  const count = possibleBatch(network, Math.min(batch, channels.length))
  const kept = await context.keep?.(network, { dreams: options, count, seed: context.seed })
  const found = new Map<number, ChannelDream>()
  for (const channel of channels) {
    const known = dreamIn(channel, options.size, await kept?.read(dreamName(channel)))
    if (known) found.set(channel, known)
  }
  const missing = channels.filter(channel => !found.has(channel))
  const dreaming = openDreaming(context, network, options, count)
  const stage = openStage(context, 'steps', {
    total: channels.length * dreaming.steps,
    from: found.size * dreaming.steps,
  })
  const isPreviewDue = createPace(previewEvery)
  let done = found.size * dreaming.steps
  try {
    for (let start = 0; start < missing.length; start += count) {
      context.signal.throwIfAborted()
      const some = missing.slice(start, start + count)
      const words = some.length > 1 ? `channels ${some[0]} to ${some.at(-1)}` : `channel ${some[0]}`
      // A batch is always full: a channel comes out the same whatever it shares one with.
      const full = Array.from({ length: count }, (_, index) => some[index % some.length])
      const dreams = await dreaming.dream(full, (index, grown) => {
        if (index >= some.length) return
        stage.update(++done, words)
        if (index === 0 && isPreviewDue()) preview(context, dreamName(some[0]), { image: pictureOf(grown) })
      })
      for (const dream of dreams.slice(0, some.length)) {
        found.set(dream.channel, dream)
        await kept?.write(dreamName(dream.channel), tensorsOf(dream))
      }
    }
  } finally {
    stage.end()
    await dreaming.dispose()
  }
  return channels.map(channel => found.get(channel)!)
}

function tensorsOf({ dream, start, objective }: ChannelDream): Map<string, Tensor> {
  const { width, height, data } = dream
  return new Map<string, Tensor>([
    ['dream', tensor('uint8', [height, width, 3], data)],
    ['objective', float32([2], [start, objective])],
  ])
}

function dreamIn(
  channel: number,
  size: number,
  tensors: ReadonlyMap<string, Tensor> | undefined,
): ChannelDream | undefined {
  const [dream, numbers] = [tensors?.get('dream'), tensors?.get('objective')]
  if (dream?.dtype !== 'uint8' || numbers?.dtype !== 'float32') return undefined
  const [start, objective] = floats(numbers)
  return {
    channel,
    dream: { width: size, height: size, data: Uint8Array.from(dream.data as Uint8Array) },
    start,
    objective,
  }
}
