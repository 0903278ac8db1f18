/** The gallery of activation maps: photograph and heat side by side, as a page and as one sheet. */
import { lastPart } from '../../base/names.ts'
import { percent } from '../../base/percent.ts'
import type { ColourBar } from '../../figures/colour-bar.ts'
import { drawColourBar } from '../../figures/colour-bar.ts'
import type { GalleryItem, Part } from '../../figures/report.ts'
import { drawSheet, rightColour, type Tile, wrongColour } from '../../figures/sheet.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { float32 } from '../../graph/tensor.ts'
import type { Canvas, Drawing } from '../lens.ts'
import { describeGrid, gridOnView, paintMap } from '../maps/painting.ts'
import { drawnCurves, sanitySection } from './draw-belief.ts'
import { followingSection } from './draw-following.ts'
import { type MapMethod, methodTitles, methodWords } from './methods.ts'
import type { CamResult, ClassMap, Explained } from './result.ts'

/** Images on the sheet beside the page, and on the page itself: more make neither clearer. */
const onSheet = 12
const onPage = 200
/** Columns of the sheet, at most. */
const across = 6

export async function draw(result: CamResult, { embed, document }: Canvas): Promise<Drawing> {
  const { images, total, searched, method, measured, colours, grid, size } = result
  const drawn = await Promise.all(
    images.slice(0, onPage).map(async image => {
      const placed = gridOnView(grid, size, image.view)
      const scale = image.maps.length > 1 ? extremesOf(image.maps) : {}
      const heats = image.maps.map(({ map }) => paintMap(image.view, map, placed, { colours, ...scale }))
      return {
        image,
        heats,
        photo: await embed(image.view),
        warm: await Promise.all(heats.map(heat => embed(heat))),
      }
    }),
  )
  const items: GalleryItem[] = drawn.map(({ image, photo, warm }) => ({
    images: [photo, ...warm],
    title: result.near ? lastPart(image.path) : image.maps.map(each => each.class).join(' | '),
    lines: linesOf(image, method, result.near ? 'cosine' : result.byItself ? 'length' : undefined),
  }))
  const several = images.some(({ maps }) => maps.length > 1)
  const bar: ColourBar = {
    title: several ? 'Heat, one scale for all maps of an image' : 'Heat, each map on its own scale',
    colours,
    ends: ['lowest value', 'highest value'],
  }
  const { near } = result
  const named = near && method === 'cam' ? 'Similarity maps' : methodTitles[method]
  const title = near ? `${named}, near ${lastPart(near.path)}` : named
  const other = near && (await embed(near.view))
  const curves = drawnCurves(result, document)
  return {
    report: {
      title: named,
      summary: summaryOf(result),
      figures: figuresOf(result),
      sections: [
        {
          title: near ? `Near ${lastPart(near.path)}` : 'Maps',
          parts: [
            ...(searched === undefined
              ? []
              : [textPart(`${images.length} mistakes among the ${searched} images that were looked at.`)]),
            textPart(
              near
                ? `Left: what the network saw. Right: the same with what speaks for its similarity to ${lastPart(near.path)}: their cosine stands where the logit of a class would. ${method === 'cam' ? 'The mean of a map is the cosine.' : methodWords[method]}`
                : `Left: what the network saw. Right: the same with the map of each class over it. ${methodWords[method]}`,
            ),
            ...(near && other
              ? [
                  {
                    kind: 'gallery' as const,
                    items: [
                      { images: [other], title: lastPart(near.path), lines: ['compared with', near.path] },
                    ],
                    total: 1,
                  },
                ]
              : []),
            { kind: 'figure', svg: drawColourBar(bar) },
            ...describeGrid(grid, size).map(textPart),
            { kind: 'gallery', items, total: searched === undefined ? total : images.length, wide: true },
          ],
        },
        ...followingSection(result),
        ...(curves ? [curves.section] : []),
        ...sanitySection(result),
      ],
    },
    pictures: {
      ...(curves && { curves: curves.drawing }),
      sheet: drawSheet({
        title: measured ? `${title}, least heat on the plant for its area first` : title,
        rows: [
          ...(near && other
            ? [{ tiles: [{ image: other, caption: ['compared with', lastPart(near.path)] }] }]
            : []),
          ...rowsOf(
            drawn
              .slice(0, onSheet)
              .map(({ image, photo, warm }) => tilesOf(image, photo, warm, near !== undefined)),
          ),
        ],
        size: 168,
        bar,
      }),
      ...(images.length <= 4 &&
        Object.fromEntries(drawn.flatMap(({ image, heats }, index) => alone(image, heats, index)))),
    },
    ...(result.writeMaps && { arrays: { maps: mapsArray(images) } }),
  }
}

const textPart = (text: string): Part => ({ kind: 'text', text })

function extremesOf(maps: readonly ClassMap[]): { low: number; high: number } {
  const [low, high] = [Math.min, Math.max].map(pick =>
    maps.map(({ map }) => map.reduce((a, b) => pick(a, b))).reduce((a, b) => pick(a, b)),
  )
  return { low, high }
}

/** As many images in a row as keep the sheet within its columns. */
function rowsOf(groups: readonly Tile[][]): { tiles: Tile[] }[] {
  const each = Math.max(1, Math.floor(across / (groups[0]?.length ?? 1)))
  return Array.from({ length: Math.ceil(groups.length / each) }, (_, row) => ({
    tiles: groups.slice(row * each, (row + 1) * each).flat(),
  }))
}

const tilesOf = (image: Explained, photo: string, warm: readonly string[], isNear: boolean): Tile[] => [
  { image: photo, caption: image.label ? [image.label, lastPart(image.path)] : [lastPart(image.path)] },
  ...image.maps.map((map, index) => ({
    image: warm[index],
    caption: isNear
      ? [`cosine ${map.logit.toFixed(3)}`, surpriseOf(map) ?? '']
      : [
          map.class,
          [percent(map.probability, 0), surpriseOf(map) ?? `logit ${map.logit.toFixed(2)}`].join(', '),
        ],
    frame: isNear ? undefined : frameOf(image, map),
  })),
]

const alone = ({ path, maps }: Explained, heats: CamResult['images'][number]['view'][], index: number) =>
  heats.map((heat, at) => {
    const name = `${index + 1}-${lastPart(path).replace(/\.\w+$/, '')}`
    const suffix = maps.length > 1 ? `-${maps[at].class.replace(/[^\p{L}\p{N}]+/gu, '-')}` : ''
    return [`${name}${suffix}`, heat] as const
  })

/** All maps one after another, in the order of the metrics. */
function mapsArray(images: readonly Explained[]): Tensor {
  const maps = images.flatMap(image => image.maps)
  const [{ height, width }] = maps
  const data = new Float32Array(maps.length * height * width)
  maps.forEach(({ map }, index) => {
    data.set(map, index * height * width)
  })
  return float32([maps.length, height, width], data)
}

function summaryOf({ measured, near, byItself }: CamResult): string {
  const what = near
    ? `What makes the images near ${lastPart(near.path)} to the network. Warm places speak for the similarity.`
    : byItself
      ? 'From where the network gathers what its vector is made of. Warm places reach it most.'
      : 'Where the network looks for its answer. Warm places speak for the class.'
  return measured
    ? `${what} The most surprising image comes first: the one with the least heat on the plant for the plant’s area.`
    : what
}

function figuresOf({
  images,
  odds,
  pointing,
  following,
  grid,
}: CamResult): { label: string; value: string }[] {
  const known = images.flatMap(({ plantArea, maps: [{ insidePlant }] }) =>
    insidePlant === undefined || plantArea === undefined ? [] : [{ insidePlant, plantArea }],
  )
  const mean = (key: 'insidePlant' | 'plantArea') =>
    known.reduce((sum, each) => sum + each[key], 0) / (known.length || 1)
  const interval =
    odds?.low === undefined ? '' : ` (95 % interval ${ratio(odds.low)} to ${ratio(odds.high!)})`
  return [
    { label: 'images', value: String(images.length) },
    { label: 'cells of a map', value: `${grid.height} x ${grid.width}` },
    ...(known.length
      ? [
          {
            label: `of the heat lies on the plant, which fills ${percent(mean('plantArea'), 0)}`,
            value: percent(mean('insidePlant'), 0),
          },
        ]
      : []),
    ...(odds
      ? [
          {
            label: `odds of heat on the plant against its area; 1 is chance${interval}`,
            value: ratio(odds.ratio),
          },
        ]
      : []),
    ...(pointing && pointing.images > 1
      ? [
          {
            label: `of the hottest places lie on the plant; by chance ${percent(pointing.chance, 0)}`,
            value: percent(pointing.share, 0),
          },
        ]
      : []),
    ...(following.turned && following.turned.images > 1
      ? [
          {
            label: 'of the hottest places follow when the image is turned',
            value: percent(following.turned.share, 0),
          },
        ]
      : []),
  ]
}

const ratio = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3))

const frameOf = ({ label }: Explained, map: ClassMap): string | undefined =>
  label === undefined ? undefined : label === map.class ? rightColour : wrongColour

const surpriseOf = ({ odds }: ClassMap): string | undefined =>
  odds === undefined ? undefined : `odds on the plant ${Number.isFinite(odds) ? ratio(odds) : 'all'}`

function linesOf(
  { path, label, predicted, plantArea, maps }: Explained,
  method: MapMethod,
  /** what stands where the logit of a class would */
  instead: 'cosine' | 'length' | undefined,
): string[] {
  const verdict =
    label === undefined
      ? []
      : [
          instead
            ? label
            : label === predicted
              ? 'correct'
              : `wrong: labelled ${label}, predicted ${predicted}`,
        ]
  const numbers = maps.flatMap(map => {
    const { low, high } = extremesOf([map])
    // Only of a class activation map the mean and the bias are the logit.
    const split =
      method === 'cam'
        ? ` = ${map.mean.toFixed(2)} ${map.bias < 0 ? '−' : '+'} ${Math.abs(map.bias).toFixed(2)}`
        : ''
    const sum = `${instead ? `${instead} ${map.logit.toFixed(3)}` : `probability ${percent(map.probability, 0)}, logit ${map.logit.toFixed(2)}${split}`}, map from ${low.toPrecision(3)} to ${high.toPrecision(3)}`
    return [maps.length > 1 ? `${map.class}: ${sum}` : sum]
  })
  const [{ insidePlant, odds }] = maps
  const plant =
    insidePlant === undefined || plantArea === undefined
      ? []
      : [
          `${percent(insidePlant, 0)} of the heat on the plant, which fills ${percent(plantArea, 0)}${odds === undefined ? '' : `: odds ratio ${Number.isFinite(odds) ? ratio(odds) : 'without bound'}`}`,
        ]
  return [...verdict, ...numbers, ...plant, path]
}
