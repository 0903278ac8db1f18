/**
 * The table of networks that can be asked for by name. Adding one is a file and a line.
 */
import { closestNames } from '../base/closest.ts'
import { GlasshouseError } from '../base/errors.ts'
import { float32, floats, sizeOf, type Tensor } from '../graph/tensor.ts'
import type { Architecture } from './architecture.ts'
import { cifarResnetTrunk } from './cifar-resnet.ts'
import { convnexts } from './convnext.ts'
import { densenets } from './densenet.ts'
import { efficientnets } from './efficientnet.ts'
import { newHeadName } from './foreign.ts'
import { googlenetTrunk } from './googlenet.ts'
import { googlenetTorchvision } from './googlenet-torchvision.ts'
import { imagenetClasses } from './imagenet-classes.ts'
import { inceptionTrunk } from './inception.ts'
import { mnasnets } from './mnasnet.ts'
import { adoptOperators, mobilenetTrunk } from './mobilenet.ts'
import { mobilenetsV3 } from './mobilenet-v3.ts'
import { regnets } from './regnet.ts'
import { resnets } from './resnet.ts'
import { adoptMxnet, resnetV2Trunk } from './resnet-v2.ts'
import { shufflenets } from './shufflenet.ts'
import { smallTrunk } from './small.ts'
import { squeezenetClassMaps, squeezenetsTorchvision, squeezenetTrunk } from './squeezenet.ts'
import { swins } from './swin.ts'
import { vggs } from './vgg.ts'
import { vits } from './vits.ts'

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
  ...resnets,
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
    kin: [googlenetTorchvision.name],
  },
  googlenetTorchvision,
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
    kin: ['squeezenet1_1-torchvision'],
  },
  ...squeezenetsTorchvision,
  {
    name: 'mobilenet_v2',
    trunk: mobilenetTrunk('torchvision'),
    outputStrides: [32, 16, 8],
    size: 224,
    minimumSize: 32,
    classifier: 'classifier.1',
    headStart: () => ({ weight: { normal: 0.01 }, bias: 'zeros' }),
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
  ...mobilenetsV3,
  ...vggs,
  ...densenets,
  ...efficientnets,
  ...convnexts,
  ...regnets,
  ...mnasnets,
  ...shufflenets,
  ...vits,
  ...swins,
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
      expected: closestNames(name, architectures.keys()).join(', '),
      hint: 'docs/networks.md lists them all',
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
