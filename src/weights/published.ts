/**
 * Published weights that `weights pull` knows: what they are called here, where they lie, and how to recognise them.
 *
 * Their publishers put the first eight digits of a file's SHA-256 into its name; where the whole digest is known it
 * stands here, and a pulled file must begin with what stands here.
 */
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
}

const torchvision = 'https://download.pytorch.org/models'
const cifarModels = 'https://github.com/chenyaofo/pytorch-cifar-models/releases/download/resnet'
const licence = 'BSD-3-Clause'

export const publishedWeights: readonly PublishedWeights[] = [
  {
    name: 'resnet18-imagenet',
    net: 'resnet18',
    url: `${torchvision}/resnet18-f37072fd.pth`,
    sha256: 'f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec',
    megabytes: 46.8,
    licence,
    about: 'ImageNet-1k, 69.8 % top-1 (torchvision, V1)',
  },
  {
    name: 'resnet34-imagenet',
    net: 'resnet34',
    url: `${torchvision}/resnet34-b627a593.pth`,
    sha256: 'b627a593',
    megabytes: 87.3,
    licence,
    about: 'ImageNet-1k, 73.3 % top-1 (torchvision, V1)',
  },
  {
    name: 'resnet50-imagenet',
    net: 'resnet50',
    url: `${torchvision}/resnet50-0676ba61.pth`,
    sha256: '0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a',
    megabytes: 102.5,
    licence,
    about: 'ImageNet-1k, 76.1 % top-1 (torchvision, V1)',
  },
  {
    name: 'resnet50-imagenet-v2',
    net: 'resnet50',
    url: `${torchvision}/resnet50-11ad3fa6.pth`,
    sha256: '11ad3fa6',
    megabytes: 102.5,
    licence,
    about: 'ImageNet-1k, 80.9 % top-1 (torchvision, V2)',
  },
  {
    name: 'resnet101-imagenet',
    net: 'resnet101',
    url: `${torchvision}/resnet101-63fe2227.pth`,
    sha256: '63fe2227',
    megabytes: 178.8,
    licence,
    about: 'ImageNet-1k, 77.4 % top-1 (torchvision, V1)',
  },
  {
    name: 'resnet101-imagenet-v2',
    net: 'resnet101',
    url: `${torchvision}/resnet101-cd907fc2.pth`,
    sha256: 'cd907fc2',
    megabytes: 178.8,
    licence,
    about: 'ImageNet-1k, 81.9 % top-1 (torchvision, V2)',
  },
  {
    name: 'mobilenet_v2-imagenet',
    net: 'mobilenet_v2',
    url: `${torchvision}/mobilenet_v2-b0353104.pth`,
    sha256: 'b0353104',
    megabytes: 14.2,
    licence,
    about: 'ImageNet-1k, 71.9 % top-1 (torchvision, V1)',
  },
  {
    name: 'inception_v3-imagenet',
    net: 'inception_v3',
    url: `${torchvision}/inception_v3_google-0cc3c7bd.pth`,
    sha256: '0cc3c7bd',
    megabytes: 108.9,
    licence,
    about: 'ImageNet-1k, 77.3 % top-1 (torchvision, V1, from TensorFlow)',
  },
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
export const fileNameOf = ({ url }: { url: string }): string => url.slice(url.lastIndexOf('/') + 1)

/** By its name or that of its file. */
export const publishedNamed = (name: string): PublishedWeights | undefined =>
  publishedWeights.find(weights => weights.name === name || fileNameOf(weights) === name)
