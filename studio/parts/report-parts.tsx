/** What a lens draws, shown as the studio's own: images, figures, tables and words. */
import { useEffect, useRef } from 'preact/hooks'
import type { Cell, Live, Part } from '../../src/figures/report.ts'
import { counted } from '../words.ts'
import { svgAddress } from './svg-address.ts'

export const ReportParts = ({
  lens,
  sections,
}: {
  /** whose player brings live parts to life */
  lens: string
  sections: readonly { title: string; parts: readonly Part[] }[]
}) => (
  <>
    {sections.map(({ title, parts }) => (
      <section key={title} class="report">
        <h2>{title}</h2>
        {parts.map((part, at) => (
          <OnePart key={`${title} ${at}`} part={part} lens={lens} />
        ))}
      </section>
    ))}
  </>
)

function OnePart({ part, lens }: { part: Part; lens: string }) {
  if (part.kind === 'text') return <p class="soft">{part.text}</p>
  if (part.kind === 'figure')
    return (
      <figure class="report-figure">
        <img src={svgAddress(part.svg)} alt={part.caption ?? 'a figure'} />
        {part.caption && <figcaption class="soft small">{part.caption}</figcaption>}
      </figure>
    )
  if (part.kind === 'table')
    return (
      <div class="table-room scroll">
        <table class="plain">
          <thead>
            <tr>
              {part.columns.map(name => (
                <th key={name}>{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {part.rows.map((row, at) => (
              <tr key={`row ${at}`}>
                {row.map((cell, column) => (
                  <td key={part.columns[column]} class={isNumber(cell) ? 'number' : ''}>
                    {typeof cell === 'object' ? cell.text : cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    )
  if (part.kind === 'live') return <LivePart part={part} lens={lens} />
  return (
    <>
      <p class="soft small">
        {part.items.length < part.total
          ? `showing ${part.items.length} of ${part.total}`
          : counted(part.items.length, 'image')}
      </p>
      <ul class={`report-gallery${part.wide ? ' wide' : ''}`}>
        {part.items.map(({ images, names, title, lines }, at) => (
          <li key={`${title} ${at}`}>
            <div>
              {images.map((image, place) => (
                <span key={names?.[place] ?? String(place)}>
                  <img src={image} alt={names ? `${title}: ${names[place]}` : title} />
                  {names && <small>{names[place]}</small>}
                </span>
              ))}
            </div>
            <strong>{title}</strong>
            {lines?.map(line => (
              <span key={line} class="soft small">
                {line}
              </span>
            ))}
          </li>
        ))}
      </ul>
    </>
  )
}

/** The modules that pages of lenses hold as text: the page's rules of security allow no program that comes as text. */
const players: Readonly<
  Record<string, () => Promise<{ default: (figure: HTMLElement, data: never) => void }>>
> = {
  similarity: () => import('../../src/lenses/similarity/player/index.ts'),
  dream: () => import('../../src/lenses/dream/player/index.ts'),
}

function LivePart({ part: { markup, data, caption }, lens }: { part: Live; lens: string }) {
  const ref = useRef<HTMLDivElement>(null)
  const player = players[lens]
  useEffect(() => {
    const figure = ref.current
    if (!figure || !player) return
    let isGone = false
    // Written by the lens itself, in this page; the names in it are escaped there.
    figure.innerHTML = markup
    // The lens made the data for its own player.
    void player().then(({ default: play }) => isGone || play(figure, data as never))
    return () => {
      isGone = true
      figure.replaceChildren()
    }
  }, [markup, data, player])
  if (!player) return <p class="soft small">What moves here moves in the exported page. {caption}</p>
  return (
    <figure class="report-live">
      <div class="live" ref={ref} />
      {caption && <figcaption class="soft small">{caption}</figcaption>}
    </figure>
  )
}

const isNumber = (cell: Cell): boolean =>
  typeof cell === 'number' || (typeof cell === 'object' && cell.sort !== undefined)
