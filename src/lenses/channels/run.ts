/** The lens of channels: what does each channel of a layer look for? */
import { buildOutline, type Network } from '../../nets/network.ts'
import { usualLayers } from '../dream/choices.ts'
import type { DataInput, LensContext, ModelInput } from '../lens.ts'
import { answersOf } from './answers.ts'
import { dreamChannels } from './dreams.ts'
import type { ChannelsOptions } from './options.ts'
import type { ChannelsResult } from './result.ts'
import { topImages } from './top.ts'
import { channelsIn } from './which.ts'

/** Side of a dream, where the network does not want a smaller one. */
const usualSize = 128

export function check({ model }: { model: ModelInput }, options: ChannelsOptions): void {
  chosenOf(model.network, options)
}

/** The layer, how many channels it has, and those that are meant. */
function chosenOf(network: Network, { layer = usualLayers(network).at(-1)!, channels }: ChannelsOptions) {
  const width = answersOf(buildOutline(network), layer).shape[1]
  return { layer, width, channels: channelsIn(channels, width, layer) }
}

export async function run(
  context: LensContext,
  { model: { network }, data }: { model: ModelInput; data: DataInput | undefined },
  { split, top, by, batch, ...options }: ChannelsOptions,
): Promise<ChannelsResult> {
  const { layer, width, channels } = chosenOf(network, { split, top, by, batch, ...options })
  // A graph that somebody else made may take no other size than its own.
  const own = network.preprocessing.size
  const size = options.size ?? (network.foreign ? own : Math.min(own, usualSize))
  // First the quick part, so that what is wrong with the data shows before the long one.
  const found = data && (await topImages(context, network, data, channels, { layer, split, top, by }))
  const { channels: _, ...dreaming } = { ...options, layer, size }
  const dreams = await dreamChannels(context, network, channels, batch, dreaming)
  return {
    layer,
    width,
    size,
    by,
    images: found?.images ?? 0,
    channels: dreams.map((dream, at) => ({ ...dream, top: found?.top[at] ?? [] })),
  }
}

export const metrics = ({ layer, width, size, images, channels }: ChannelsResult) => ({
  layer,
  width,
  size,
  images,
  channels: channels.map(({ channel, start, objective, top }) => ({
    channel,
    start,
    objective,
    top: top.map(({ path, label, value }) => ({ path, label, value })),
  })),
})
