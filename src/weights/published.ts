/**
 * Published weights that `weights pull` knows: what they are called here, where they lie, and how to recognise them.
 *
 * Their publishers put the first eight digits of a file's SHA-256 into its name; where the whole digest is known it
 * stands here, and a pulled file must begin with what stands here.
 */
import { lastPart } from '../base/names.ts'
import {
  type PublishedPreprocessing,
  type TorchvisionRow,
  torchvisionWeights,
} from './torchvision-weights.ts'

export interface PublishedWeights {
  /** what `weights pull` and `--weights` call it */
  readonly name: string
  /** the architecture that it fits, or `faces`: a detector of faces, for `montage` */
  readonly net: string
  readonly url: string
  /** hexadecimal, lower case: the whole digest, or its first digits */
  readonly sha256: string
  /** about how large it is, in millions of bytes */
  readonly megabytes: number
  readonly licence: string
  /** what it was trained on, and how good its publisher says it is */
  readonly about: string
  readonly preprocessing?: PublishedPreprocessing
}

const torchvision = 'https://download.pytorch.org/models'
const cifarModels = 'https://github.com/chenyaofo/pytorch-cifar-models/releases/download/resnet'
const licence = 'BSD-3-Clause'

/** Digests that are known whole, by the digits that stand in the file's name. */
const wholeDigests: Readonly<Record<string, string>> = {
  f37072fd: 'f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec',
  '0676ba61': '0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a',
}

function fromTorchvision([
  net,
  version,
  file,
  parameters,
  top1,
  preprocessing,
]: TorchvisionRow): PublishedWeights {
  const digits = /-([0-9a-f]{8,})\.pth$/.exec(file)?.[1] ?? ''
  const suffix = version === 'v1' ? '' : `-${version}`
  return {
    name: `${net.replace('-torchvision', '')}-imagenet${suffix}`,
    net,
    url: `${torchvision}/${file}`,
    sha256: wholeDigests[digits] ?? digits,
    // Four bytes a parameter.
    megabytes: Math.round(40 * parameters) / 10,
    licence,
    about: `ImageNet-1k, ${top1.toFixed(1)} % top-1 (torchvision, ${version.toUpperCase()})`,
    preprocessing,
  }
}

export const publishedWeights: readonly PublishedWeights[] = [
  ...torchvisionWeights.map(fromTorchvision),
  {
    name: 'cifar-resnet20-cifar10',
    net: 'cifar-resnet20',
    url: `${cifarModels}/cifar10_resnet20-4118986f.pt`,
    sha256: '4118986f',
    megabytes: 1.1,
    licence,
    about: 'CIFAR-10, 92.6 % top-1 (chenyaofo)',
  },
  {
    name: 'cifar-resnet56-cifar10',
    net: 'cifar-resnet56',
    url: `${cifarModels}/cifar10_resnet56-187c023a.pt`,
    sha256: '187c023aee0c9cf3093a682d9447a538cbaf5489f7ae78a7df4edf2246ce380b',
    megabytes: 3.5,
    licence,
    about: 'CIFAR-10, 94.4 % top-1 (chenyaofo)',
  },
  {
    name: 'ultraface',
    net: 'faces',
    url: 'https://raw.githubusercontent.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB/dffdddda9794a50607cba8f318507a28c1c27cab/models/onnx/version-RFB-320.onnx',
    sha256: '34cd7e60aeff28744c657de7a3dc64e872d506741de66987f3426f2b79f88017',
    megabytes: 1.3,
    licence: 'MIT',
    about: 'faces, 320 x 240, for montage (Linzaer, RFB)',
  },
]

/** The name of its file, by which it is known too. */
export const fileNameOf = ({ url }: { url: string }): string => lastPart(url)

/** By its name or that of its file. */
export const publishedNamed = (name: string): PublishedWeights | undefined =>
  publishedWeights.find(weights => weights.name === name || fileNameOf(weights) === name)
