import { describe, expect, it } from 'vitest'
import { GlasshouseError } from '../base/errors.ts'
import { cellsOf } from '../graph/receptive-field/grid.ts'
import { architectures } from './architectures.ts'
import { buildOutline, type NetworkPlan, parameterSpecs } from './network.ts'
import { outputStrideOf } from './output-stride.ts'

const plan = (net: string, size: number, outputStride?: number): NetworkPlan => ({
  net,
  outputStride,
  head: { kind: 'embedding', dim: 8 },
  preprocessing: { size, resize: size, mean: [0, 0, 0], deviation: [1, 1, 1] },
})
const several = [...architectures.values()].filter(({ outputStrides }) => outputStrides)
/** One of each family. */
const few = several.filter(({ name }) =>
  /^(resnet(18|50)(v2)?|small|googlenet|squeezenet1_1|mobilenet_v[23].*|inception_v3|efficientnet_b0|regnet_y_400mf|mnasnet0_5)$/.test(
    name,
  ),
)

describe('the output stride', () => {
  it.each([
    [97, 7, 16],
    [64, 8, 8],
    [224, 7, 32],
  ])('gives a ResNet at %i pixels %i cells along a side, %i pixels apart', (size, cells, stride) => {
    const built = buildOutline(plan('resnet18', size, outputStrideOf('resnet18', size, 'auto')))
    const grid = { height: cells, width: cells, centre: [0, 0], stride: [stride, stride] }
    expect(cellsOf(built.images, built.features)?.grid).toEqual(grid)
  })

  it('places the cells evenly on images of one pixel more than a multiple of it', () => {
    const built = buildOutline(plan('resnet18', 97, 16))
    const { centre, stride, width } = cellsOf(built.images, built.features)!.grid
    expect(centre[1] + (width - 1) * stride[1]).toBe(96 - centre[1])
  })

  it.each(several.map(({ name, outputStrides }) => [name, outputStrides!] as const))(
    'of %s can be any of %j, with the same parameters',
    (net, strides) => {
      const specs = (stride?: number) => [...parameterSpecs(plan(net, 96, stride))]
      for (const stride of strides) {
        const built = buildOutline(plan(net, 96, stride))
        expect(cellsOf(built.images, built.features)?.grid.stride).toEqual([stride, stride])
        expect(specs(stride)).toEqual(specs())
      }
      expect(outputStrideOf(net, 96, 'native')).toBeUndefined()
      expect(outputStrideOf(net, 96, String(strides[0]) as '32' | '16')).toBeUndefined()
    },
  )

  it.each([48, 64, 80, 96, 112, 160, 192, 224, 320])(
    'leaves 6 cells or more at %i pixels, and no more than it must',
    size => {
      for (const { name, outputStrides, minimumSize } of few) {
        if (size < minimumSize) continue
        const stride = outputStrideOf(name, size, 'auto') ?? outputStrides![0]
        const cells = (of: number) => buildOutline(plan(name, size, of)).features.shape[2]
        if (cells(stride) < 6) expect(stride).toBe(outputStrides!.at(-1))
        const larger = outputStrides!.filter(other => other > stride)
        for (const other of larger) expect(cells(other)).toBeLessThan(6)
      }
    },
  )

  it('is left as it is for the smallest images', () => {
    expect(outputStrideOf('small', 32, 'auto')).toBeUndefined()
  })

  it('cannot be chosen where an architecture has one only', () => {
    expect(outputStrideOf('cifar-resnet20', 64, 'auto')).toBeUndefined()
    expect(() => outputStrideOf('cifar-resnet20', 64, '8')).toThrow(GlasshouseError)
    expect(() => outputStrideOf('resnet18', 64, '4')).toThrow('32, 16, 8')
  })
})
