/** By what a network is recognised: vectors and dreams that were made with it are of it, and of no other. */
import { sha256Of } from '../base/digest.node.ts'
import { type Network, possibleBatch } from '../nets/network.ts'
import { networkModel } from './export.ts'

/** SHA-256 over all that a network computes with: its graph, its parameters, the way to its images. */
export const fingerprintOf = (network: Network): string =>
  sha256Of(networkModel(network, { batch: possibleBatch(network, 1) }))
