/**
 * The table of networks that can be asked for by name. Adding one is a file and a line.
 */
import { GlasshouseError } from '../base/errors.ts'
import type { Value } from '../graph/graph.ts'
import { float32, floats, sizeOf, type Tensor } from '../graph/tensor.ts'
import type { Building } from './building.ts'
import { cifarResnetTrunk } from './cifar-resnet.ts'
import { newHeadName } from './foreign.ts'
import { googlenetTrunk } from './googlenet.ts'
import { imagenetClasses } from './imagenet-classes.ts'
import { inceptionTrunk } from './inception.ts'
import { adoptOperators, mobilenetTrunk } from './mobilenet.ts'
import { resnetTrunk } from './resnet.ts'
import { adoptMxnet, resnetV2Trunk } from './resnet-v2.ts'
import { smallTrunk } from './small.ts'
import { squeezenetClassMaps, squeezenetTrunk } from './squeezenet.ts'

export interface Architecture {
  readonly name: string
  /** from images (n, 3, h, w) to the last feature maps (n, c, h', w') */
  readonly trunk: (building: Building, x: Value) => Value
  /** side of the images it was designed for */
  readonly size: number
  /** the smallest side it can take */
  readonly minimumSize: number
  /** strides that its last maps can have, its own first; only its own where none are given */
  readonly outputStrides?: readonly number[]
  /** name of the linear layer after pooling; 'fc' unless given */
  readonly classifier?: string
  /** for networks without a linear layer: maps (n, width, h, w) whose means are the output; named `classifier` */
  readonly classMaps?: (building: Building, features: Value, width: number) => Value
  /** how published weights want their images; ImageNet's statistics unless given */
  readonly published?: {
    readonly mean?: readonly [number, number, number]
    readonly deviation?: readonly [number, number, number]
    /** side of the image's short side; 8 / 7 of the size unless given */
    readonly resize?: number
    readonly classes?: readonly string[]
  }
  /** tensors of published weights that only their own training used */
  readonly superfluous?: RegExp
  /** parameters that published weights may lack: they are re-initialised */
  readonly unpublished?: RegExp
  /** a tensor of published weights under our name; itself unless given */
  readonly adopt?: (name: string, tensor: Tensor) => readonly [string, Tensor]
}

/** Images of Caffe's models: 0 to 255, minus the mean colour of ImageNet. */
const caffe = {
  mean: [123 / 255, 117 / 255, 104 / 255],
  deviation: [1 / 255, 1 / 255, 1 / 255],
  resize: 256,
  classes: imagenetClasses,
} as const

/** Images from -1 to 1: TensorFlow's models, and torchvision's Inception by its `transform_input`. */
const centred = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] } as const

const cifarClasses = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ')

/** Caffe's first convolutions take blue, green, red. */
function turnToRgb(name: string, tensor: Tensor): readonly [string, Tensor] {
  if (!/^conv1(\/7x7_s2)?\.weight$/.test(name)) return [name, tensor]
  const [filters, channels, ...kernel] = tensor.shape
  const plane = sizeOf(kernel)
  const source = floats(tensor)
  const data = new Float32Array(source.length)
  for (let at = 0; at < filters * channels; at++) {
    const from = at - (at % channels) + (channels - 1 - (at % channels))
    data.set(source.subarray(from * plane, (from + 1) * plane), at * plane)
  }
  return [`${name}_rgb`, float32(tensor.shape, data)]
}

const list: Architecture[] = [
  {
    name: 'resnet18',
    trunk: resnetTrunk({ units: [2, 2, 2, 2], unit: 'basic' }),
    outputStrides: [32, 16, 8],
    size: 224,
    minimumSize: 32,
  },
  {
    name: 'resnet34',
    trunk: resnetTrunk({ units: [3, 4, 6, 3], unit: 'basic' }),
    outputStrides: [32, 16, 8],
    size: 224,
    minimumSize: 32,
  },
  {
    name: 'resnet50',
    trunk: resnetTrunk({ units: [3, 4, 6, 3], unit: 'bottleneck' }),
    outputStrides: [32, 16, 8],
    size: 224,
    minimumSize: 32,
  },
  {
    name: 'resnet101',
    trunk: resnetTrunk({ units: [3, 4, 23, 3], unit: 'bottleneck' }),
    outputStrides: [32, 16, 8],
    size: 224,
    minimumSize: 32,
  },
  {
    name: 'resnet18v2',
    trunk: resnetV2Trunk({ units: [2, 2, 2, 2], unit: 'basic' }),
    outputStrides: [32, 16, 8],
    size: 224,
    minimumSize: 32,
  },
  {
    name: 'resnet34v2',
    trunk: resnetV2Trunk({ units: [3, 4, 6, 3], unit: 'basic' }),
    outputStrides: [32, 16, 8],
    size: 224,
    minimumSize: 32,
  },
  {
    name: 'resnet50v2',
    trunk: resnetV2Trunk({ units: [3, 4, 6, 3], unit: 'bottleneck' }),
    outputStrides: [32, 16, 8],
    size: 224,
    minimumSize: 32,
  },
  // What is published of a pre-activation ResNet-50 ends before the last stage, save for that stage's first normalisation.
  {
    name: 'resnet50v2-trunk',
    trunk: resnetV2Trunk({ units: [3, 4, 6], unit: 'bottleneck' }),
    outputStrides: [16, 8],
    size: 224,
    minimumSize: 32,
    superfluous: /^stage4\./,
    unpublished: /^(bn_final|fc)\./,
    adopt: adoptMxnet,
  },
  { name: 'small', trunk: smallTrunk, outputStrides: [16, 8, 4], size: 64, minimumSize: 16 },
  {
    name: 'googlenet',
    trunk: googlenetTrunk,
    outputStrides: [32, 16, 8],
    size: 224,
    minimumSize: 32,
    classifier: 'loss3/classifier',
    published: caffe,
    adopt: turnToRgb,
  },
  {
    name: 'squeezenet1_1',
    trunk: squeezenetTrunk,
    outputStrides: [16, 8],
    size: 227,
    minimumSize: 32,
    classifier: 'conv10',
    classMaps: squeezenetClassMaps,
    published: caffe,
    adopt: turnToRgb,
  },
  {
    name: 'mobilenet_v2',
    trunk: mobilenetTrunk('torchvision'),
    outputStrides: [32, 16, 8],
    size: 224,
    minimumSize: 32,
    classifier: 'classifier.1',
  },
  {
    name: 'mobilenet_v2-tf',
    trunk: mobilenetTrunk('tensorflow'),
    outputStrides: [32, 16, 8],
    size: 224,
    minimumSize: 32,
    classifier: 'classifier.1',
    published: { ...centred, classes: ['background', ...imagenetClasses] },
    adopt: adoptOperators,
  },
  {
    name: 'inception_v3',
    trunk: inceptionTrunk,
    outputStrides: [32, 16, 8],
    size: 299,
    minimumSize: 75,
    published: { ...centred, resize: 342 },
    superfluous: /^AuxLogits\./,
  },
  ...[3, 9].map(units => ({
    name: `cifar-resnet${6 * units + 2}`,
    trunk: cifarResnetTrunk(units),
    size: 32,
    minimumSize: 16,
    classifier: 'linear',
    published: { resize: 32, classes: cifarClasses },
  })),
]

export const architectures: ReadonlyMap<string, Architecture> = new Map(
  list.map(architecture => [architecture.name, architecture]),
)

export function architectureNamed(name: string, where?: string): Architecture {
  const architecture = architectures.get(name)
  if (!architecture) {
    throw new GlasshouseError({
      code: 'unknown-net',
      what: `there is no network called '${name}'`,
      ...(where === undefined ? { path: ['options', 'net'] } : { where }),
      expected: [...architectures.keys()].join(', '),
    })
  }
  return architecture
}

/** What the parameters of a network's head start with: `fc.`, unless published weights call it otherwise. */
export function headPrefix(net: string): string {
  const architecture = architectures.get(net)
  return architecture ? `${architecture.classifier ?? 'fc'}.` : newHeadName
}

/** Whether the name of a network names a file rather than an architecture. */
export const isModelFile = (net: string): boolean => !architectures.has(net) && /\.onnx$/i.test(net)
