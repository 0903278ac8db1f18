/** What a lens draws, shown as the studio's own: images, figures, tables and words. */
import type { Cell, Part } from '../../src/figures/report.ts'
import { counted } from '../words.ts'
import { svgAddress } from './svg-address.ts'

export const ReportParts = ({
  sections,
}: {
  sections: readonly { title: string; parts: readonly Part[] }[]
}) => (
  <>
    {sections.map(({ title, parts }) => (
      <section key={title} class="report">
        <h2>{title}</h2>
        {parts.map((part, at) => (
          <OnePart key={`${title} ${at}`} part={part} />
        ))}
      </section>
    ))}
  </>
)

function OnePart({ part }: { part: Part }) {
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
  if (part.kind === 'live')
    return <p class="soft small">What moves here moves in the exported page. {part.caption}</p>
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

const isNumber = (cell: Cell): boolean =>
  typeof cell === 'number' || (typeof cell === 'object' && cell.sort !== undefined)
