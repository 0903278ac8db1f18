/** The sheet of channels: pages of dreams, each with the images that excite the channel most. */
import { pager } from '../../figures/pager.ts'
import type { GalleryItem, Part } from '../../figures/report.ts'
import { svgDocument, textAt } from '../../figures/svg.ts'
import type { Canvas, Drawing } from '../lens.ts'
import { dreamName } from './dreams.ts'
import type { ChannelSheet, ChannelsResult } from './result.ts'

/** Channels on a page of the sheet. */
const onPage = 64

/** A channel and the data URIs of its images. */
interface Drawn {
  sheet: ChannelSheet
  dream: string
  top: string[]
}

export async function draw(result: ChannelsResult, { embed }: Canvas): Promise<Drawing> {
  const { channels, layer, width, images, size } = result
  const views = new Map<object, Promise<string>>()
  const small = (view: ChannelSheet['dream']) => {
    const known = views.get(view) ?? embed(view)
    views.set(view, known)
    return known
  }
  const drawn: Drawn[] = await Promise.all(
    channels.map(async sheet => ({
      sheet,
      dream: await embed(sheet.dream),
      top: await Promise.all(sheet.top.map(({ view }) => small(view))),
    })),
  )
  const pages = Array.from({ length: Math.ceil(drawn.length / onPage) }, (_, page) => {
    const some = drawn.slice(page * onPage, (page + 1) * onPage)
    const [first, last] = [some[0].sheet.channel, some.at(-1)!.sheet.channel]
    return { some, title: first === last ? `Channel ${first}` : `Channels ${first} to ${last}` }
  })
  const nav: Part[] = pages.length > 1 ? [pager(pages.map(({ title }) => title))] : []
  const depth = Math.max(...channels.map(({ top }) => top.length))
  return {
    report: {
      summary: `${channels.length === width ? `All ${width}` : `${channels.length} of ${width}`} channels of ${layer}. Each image grew out of noise until the channel answered strongly: it shows what the channel looks for.${images ? ` Beside it stand the images, of ${images}, that excite the channel most.` : ''}`,
      sections: [
        {
          title: 'How to read the sheet',
          parts: [
            {
              kind: 'text',
              text: `A dream is ${size} x ${size} pixels. The number behind the channel is its mean over all places before the last step.${images ? ` The number of an image is ${result.by === 'max' ? 'the largest value of the channel at any place' : 'the mean of the channel over all places'}; the two scales differ.` : ''} A dream and images that have nothing in common are a reason to doubt the dream: the channel may answer to several things, of which the ascent found one.`,
            },
            ...nav,
          ],
        },
        ...pages.map(({ title, some }) => ({
          title,
          parts: [{ kind: 'gallery', items: some.map(itemOf), total: some.length } satisfies Part],
        })),
      ],
    },
    pictures: {
      ...Object.fromEntries(
        pages.map(({ some, title }, page) => [
          pages.length === 1 ? 'sheet' : `sheet-${page + 1}`,
          sheetOf(`${layer}, ${title.toLowerCase()}`, some, depth),
        ]),
      ),
      ...Object.fromEntries(channels.map(({ channel, dream }) => [dreamName(channel), dream])),
    },
    lists: {
      channels: {
        columns: ['channel', 'objective', 'rank', 'path', 'label', 'value'],
        rows: channels.flatMap(({ channel, objective, top }) =>
          top.length
            ? top.map(({ path, label, value }, rank) => [channel, objective, rank + 1, path, label, value])
            : [[channel, objective, '', '', '', '']],
        ),
      },
    },
  }
}

const itemOf = ({ sheet, dream, top }: Drawn): GalleryItem => ({
  images: [dream],
  title: `Channel ${sheet.channel}`,
  lines: [sheet.objective.toPrecision(3)],
  ...(top.length && {
    strip: {
      title: 'excited most by',
      images: sheet.top.map(({ path, label, value }, rank) => ({
        image: top[rank],
        title: `${label}, ${path}: ${value.toPrecision(3)}`,
        name: value.toPrecision(3),
      })),
    },
  }),
})

const dreamSide = 112
const gap = 8
const lineHeight = 18
const margin = 12

/** Dreams in rows, the images of each in a square block at its side. */
function sheetOf(title: string, drawn: readonly Drawn[], depth: number): string {
  const blocks = Math.ceil(Math.sqrt(depth))
  const cell = { width: dreamSide * (depth ? 2 : 1) + (depth ? 3 : 0), height: dreamSide + lineHeight }
  const across = Math.min(drawn.length, depth ? 4 : 8)
  const top = 34
  const parts = drawn.map(({ sheet, dream, top: images }, index) => {
    const x = margin + (index % across) * (cell.width + gap + (depth ? gap : 0))
    const y = top + Math.floor(index / across) * (cell.height + gap)
    const side = blocks ? (dreamSide - 3 * (blocks - 1)) / blocks : 0
    const place = (at: number) => (side + 3) * at
    return [
      imageAt(dream, x, y, dreamSide),
      ...images.map((image, at) =>
        imageAt(image, x + dreamSide + 3 + place(at % blocks), y + place(Math.floor(at / blocks)), side),
      ),
      textAt(x, y + dreamSide + 13, `${sheet.channel}`, { size: 11, weight: 600 }),
      textAt(x + dreamSide, y + dreamSide + 13, sheet.objective.toPrecision(3), {
        size: 11,
        anchor: 'end',
        colour: '#666',
      }),
    ].join('')
  })
  const width = 2 * margin + across * (cell.width + gap + (depth ? gap : 0)) - gap - (depth ? gap : 0)
  const height = top + Math.ceil(drawn.length / across) * (cell.height + gap) + 4
  return svgDocument(
    Math.max(width, 260),
    height,
    textAt(margin, 22, title, { size: 15, weight: 600 }) + parts.join(''),
    title,
  )
}

const imageAt = (image: string, x: number, y: number, side: number): string =>
  `<image x="${x}" y="${y}" width="${side}" height="${side}" preserveAspectRatio="xMidYMid slice" href="${image}"/>`
