/** The gallery of activation maps: photograph and heat side by side, as a page and as one sheet. */
import { overlay } from '../../figures/heat.ts'
import type { GalleryItem } from '../../figures/report.ts'
import { drawSheet, rightColour, type Tile, wrongColour } from '../../figures/sheet.ts'
import type { Canvas, Drawing } from '../lens.ts'
import type { CamResult, Explained } from './result.ts'

/** Tiles on the sheet that is laid beside the page. */
const sheetTiles = 24

export async function draw(
  { images, total, method, measured, colours }: CamResult,
  { embed }: Canvas,
): Promise<Drawing> {
  const drawn = await Promise.all(
    images.map(async image => {
      const heat = overlay(image.view, image.map, image.height, image.width, { colours })
      return { image, heat, photo: await embed(image.view), warm: await embed(heat) }
    }),
  )
  const items: GalleryItem[] = drawn.map(({ image, photo, warm }) => ({
    images: [photo, warm],
    title: image.class,
    lines: linesOf(image),
  }))
  const tiles: Tile[] = drawn.slice(0, sheetTiles).flatMap(({ image, photo, warm }) => [
    { image: photo, caption: [image.label ?? nameOf(image.path), nameOf(image.path)] },
    {
      image: warm,
      caption: [
        image.class,
        `${percent(image.probability)}, ${surprise(image) ?? `logit ${image.logit.toFixed(2)}`}`,
      ],
      frame: frameOf(image),
    },
  ])
  const across = 8
  const rows = Array.from({ length: Math.ceil(tiles.length / across) }, (_, row) => ({
    tiles: tiles.slice(row * across, (row + 1) * across),
  }))
  const known = images.filter(({ insidePlant }) => insidePlant !== undefined)
  const average = known.reduce((sum, { insidePlant }) => sum + insidePlant!, 0) / known.length
  return {
    report: {
      summary: measured
        ? 'Where the network looks, the most surprising picture first: the one with the largest share of heat outside the plant.'
        : 'Where the network looks for its answer. Warm places speak for the class.',
      figures: [
        { label: 'pictures', value: String(images.length) },
        ...(known.length
          ? [{ label: 'of the heat lies on the plant, on average', value: percent(average) }]
          : []),
      ],
      sections: [
        {
          title: method === 'cam' ? 'Class activation maps' : 'Grad-CAM',
          parts: [
            {
              kind: 'text',
              text: `Left what the network saw, right the map over it: blue is the lowest value of the picture’s own map, red the highest.${method === 'cam' ? ' The mean of a map plus the bias is the logit.' : ''}`,
            },
            { kind: 'gallery', items, total },
          ],
        },
      ],
    },
    pictures: {
      sheet: drawSheet({
        title: measured ? 'Activation maps, most heat outside the plant first' : 'Activation maps',
        rows,
        size: 128,
      }),
      ...(images.length <= 4 &&
        Object.fromEntries(
          drawn.map(({ image, heat }, index) => [
            `${index + 1}-${nameOf(image.path).replace(/\.\w+$/, '')}`,
            heat,
          ]),
        )),
    },
  }
}

const nameOf = (path: string): string => path.split(/[\\/]/).at(-1)!

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`

const frameOf = ({ label, class: name }: Explained): string | undefined =>
  label === undefined ? undefined : label === name ? rightColour : wrongColour

const surprise = ({ insidePlant }: Explained): string | undefined =>
  insidePlant === undefined ? undefined : `${percent(1 - insidePlant)} off the plant`

function linesOf(image: Explained): string[] {
  const verdict =
    image.label === undefined ? [] : [image.label === image.class ? 'right' : `wrong: it is ${image.label}`]
  const numbers = `probability ${percent(image.probability)}, logit ${image.logit.toFixed(2)} = ${image.mean.toFixed(2)} ${image.bias < 0 ? '−' : '+'} ${Math.abs(image.bias).toFixed(2)}`
  return [...verdict, numbers, ...(surprise(image) ? [surprise(image)!] : []), image.path]
}
