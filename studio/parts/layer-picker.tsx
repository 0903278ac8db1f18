/**
 * Picks a layer on the drawing of the network. The drawing is SVG from the server; it is shown as an image, which runs no
 * script whatever names the network holds, and the places of its boxes are read from its text for what can be clicked.
 */
import { useMemo, useState } from 'preact/hooks'
import type { ModelAbout } from '../../src/server/api.ts'
import { brief } from '../words.ts'
import { Dialog } from './dialog.tsx'
import { IconButton } from './icons.tsx'
import { svgAddress } from './svg-address.ts'

/** What a model says of its layers. */
export type Pickable = Pick<ModelAbout, 'net' | 'parameters' | 'layers' | 'drawing'>

interface Box {
  layer: string
  x: number
  y: number
  width: number
  height: number
}

export function LayerPicker({
  about,
  chosen,
  choose,
  close,
}: {
  about: Pickable
  chosen: readonly string[]
  choose: (layer: string) => void
  close: () => void
}) {
  const [words, setWords] = useState('')
  const { boxes, width, height, address } = useMemo(() => readDrawing(about.drawing), [about.drawing])
  const known = useMemo(() => new Set(about.layers.map(({ layer }) => layer)), [about.layers])
  const layers = about.layers.filter(({ layer, operator }) =>
    `${layer} ${operator}`.toLowerCase().includes(words.toLowerCase()),
  )
  return (
    <Dialog label="choose a layer" close={close} kind="picker layers">
      <header class="picker-head">
        <h2>
          {about.net}, {brief(about.parameters)} parameters
        </h2>
        <IconButton name="close" label="close" onClick={close} />
      </header>
      <div class="layer-body">
        {boxes.length > 0 && (
          <div class="drawing-room">
            <div class="drawing" style={{ width: `${width}px`, height: `${height}px` }}>
              <img src={address} alt="" width={width} height={height} />
              {boxes
                .filter(({ layer }) => known.has(layer))
                .map(({ layer, x, y, width, height }) => (
                  <button
                    key={`${layer} ${x} ${y}`}
                    type="button"
                    title={layer}
                    aria-label={layer}
                    aria-pressed={chosen.includes(layer)}
                    style={{ left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` }}
                    onClick={() => choose(layer)}
                  />
                ))}
            </div>
          </div>
        )}
        <div class="layer-list">
          <input
            type="search"
            placeholder="search the layers"
            aria-label="search the layers"
            value={words}
            onInput={event => setWords(event.currentTarget.value)}
          />
          <ul>
            {layers.map(({ layer, operator, shape }) => (
              <li key={layer}>
                <button type="button" aria-pressed={chosen.includes(layer)} onClick={() => choose(layer)}>
                  <span>{layer}</span>
                  <span class="soft small">
                    {operator} {shape.join(' × ')}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </Dialog>
  )
}

/** Places of the boxes of a drawing, each a rectangle within an element that names its layer. */
function readDrawing(svg: string): { boxes: Box[]; width: number; height: number; address: string } {
  const drawn = new DOMParser().parseFromString(svg, 'image/svg+xml')
  const root = drawn.documentElement
  const number = (element: Element | null, name: string) =>
    Number.parseFloat(element?.getAttribute(name) ?? '') || 0
  const boxes = [...root.querySelectorAll('[data-layer]')].flatMap(element => {
    const shape = element.matches('rect') ? element : element.querySelector('rect')
    const layer = element.getAttribute('data-layer')
    if (!shape || !layer) return []
    let [x, y] = [number(shape, 'x'), number(shape, 'y')]
    for (let part: Element | null = shape; part && part !== root; part = part.parentElement) {
      const [, dx, dy] =
        /translate\(\s*([-\d.]+)[ ,]+([-\d.]+)/.exec(part.getAttribute('transform') ?? '') ?? []
      x += Number(dx ?? 0)
      y += Number(dy ?? 0)
    }
    return [{ layer, x, y, width: number(shape, 'width'), height: number(shape, 'height') }]
  })
  return {
    boxes,
    width: number(root, 'width'),
    height: number(root, 'height'),
    address: svgAddress(svg),
  }
}
