/**
 * A grid of images that scrolls with the page, however many there are. Only those near the window stand in the document;
 * what is not known yet is asked for by its place.
 */
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { isNarrow } from './narrow.ts'
import { useWidth } from './size.ts'
import { useVirtualRows } from './virtual.ts'

export interface GridImage {
  key: string
  src: string
  /** what it is, for those who cannot see it */
  alt: string
  /** below the image */
  caption?: string
  /** a second line below it */
  note?: ComponentChildren
  tone?: 'good' | 'bad'
}

export interface ImageGridProps {
  count: number
  /** undefined where it has not come yet */
  at: (index: number) => GridImage | undefined
  /** asks for the places that are to be seen; where it is another function than before, it asks for them again */
  onRange?: (first: number, last: number) => void
  open: (index: number) => void
  side?: number
  lines?: 0 | 1 | 2
  chosen?: ReadonlySet<string>
  choose?: (index: number, isChosen: boolean, range: boolean) => void
}

export function ImageGrid({
  count,
  at,
  onRange,
  open,
  side = 128,
  lines = 1,
  chosen,
  choose,
}: ImageGridProps) {
  const { ref, width } = useWidth<HTMLDivElement>()
  const gap = isNarrow.value ? 6 : 10
  const wanted = isNarrow.value ? Math.min(side, 104) : side
  const across = Math.max(1, Math.floor((Math.max(width, wanted) + gap) / (wanted + gap)))
  const tile = (Math.max(width, wanted) - gap * (across - 1)) / across
  const height = tile + [0, 20, 38][lines] + gap
  const { anchor, rows, total } = useVirtualRows(Math.ceil(count / across), height, 3)
  const first = rows.length ? rows[0].index * across : 0
  const last = rows.length ? Math.min(count, (rows[rows.length - 1].index + 1) * across) - 1 : -1
  useEffect(() => {
    if (width && last >= first) onRange?.(first, last)
  }, [first, last, width, onRange])
  const focus = (index: number) => {
    const found = ref.current?.querySelector<HTMLElement>(`[data-index="${index}"]`)
    found?.focus()
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys go from image to image; each is a button
    <div
      class="image-grid"
      ref={element => {
        ref.current = element
        anchor.current = element
      }}
      style={{ height: `${total}px` }}
      onKeyDown={event => {
        const index = Number((event.target as HTMLElement).dataset.index)
        if (Number.isNaN(index)) return
        const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across }[event.key]
        if (event.key === 'x' && choose) {
          const image = at(index)
          if (image) choose(index, !chosen?.has(image.key), false)
        }
        if (by === undefined) return
        event.preventDefault()
        focus(Math.max(0, Math.min(count - 1, index + by)))
      }}
    >
      {width > 0 &&
        rows.map(({ index: row, start }) => (
          <GridRow
            key={row}
            first={row * across}
            end={Math.min(count, (row + 1) * across)}
            {...{ start, tile, gap, lines, at, open, chosen, choose }}
          />
        ))}
    </div>
  )
}

interface GridRowProps extends Pick<ImageGridProps, 'at' | 'open' | 'lines' | 'chosen' | 'choose'> {
  first: number
  /** the first place after the row */
  end: number
  /** pixels below the top of the grid */
  start: number
  /** side of an image, and between two of them, in pixels */
  tile: number
  gap: number
}

/** While one scrolls, the rows that stay in sight are not rendered again. */
function GridRow({ first, end, start, tile, gap, ...tiles }: GridRowProps) {
  const { at, open, lines, chosen, choose } = tiles
  return useMemo(
    () => (
      <div class="row" style={{ transform: `translateY(${start}px)`, gap: `${gap}px` }}>
        {Array.from({ length: end - first }, (_, place) => (
          <Tile key={first + place} index={first + place} side={tile} {...tiles} />
        ))}
      </div>
    ),
    [first, end, start, tile, gap, at, open, lines, chosen, choose],
  )
}

function Tile({
  index,
  side,
  at,
  open,
  lines = 1,
  chosen,
  choose,
}: Pick<GridRowProps, 'at' | 'open' | 'lines' | 'chosen' | 'choose'> & { index: number; side: number }) {
  const image = at(index)
  const isChosen = image ? chosen?.has(image.key) : false
  return (
    <div
      class={`tile${image?.tone ? ` ${image.tone}` : ''}${isChosen ? ' chosen' : ''}`}
      style={{ width: `${side}px` }}
    >
      <button
        type="button"
        data-index={index}
        onClick={event => {
          if (choose && (event.shiftKey || event.ctrlKey || event.metaKey) && image)
            choose(index, !isChosen, event.shiftKey)
          else open(index)
        }}
        disabled={!image}
        style={{ height: `${side}px` }}
      >
        {image && <img src={image.src} alt={image.alt} loading="lazy" decoding="async" />}
      </button>
      {choose && image && (
        <label>
          <input
            type="checkbox"
            checked={isChosen}
            aria-label={`choose ${image.alt}`}
            onClick={event => {
              choose(index, event.currentTarget.checked, event.shiftKey)
            }}
          />
        </label>
      )}
      {lines > 0 && <span class="clip">{image?.caption}</span>}
      {lines > 1 && <span class="clip soft">{image?.note}</span>}
    </div>
  )
}
