/** What a player finds in the markup of its figure: elements and controls by the name in their data attribute. */
export interface Parts {
  /** an element that every page of the lens has */
  find<E extends Element = HTMLElement>(name: string): E
  /** an element that only some pages have */
  maybe<E extends Element = HTMLElement>(name: string): E | null
  /** an input or a choice */
  control(name: string): HTMLInputElement & HTMLSelectElement
}

/** @param attribute without `data-`, such as `film` for `data-film="play"` */
export function partsOf(figure: HTMLElement, attribute: string): Parts {
  const maybe = <E extends Element>(name: string) => figure.querySelector<E>(`[data-${attribute}="${name}"]`)
  const find = <E extends Element>(name: string) => {
    const element = maybe<E>(name)
    if (!element) throw new Error(`the page has no ${attribute} called '${name}'`)
    return element
  }
  return { find, maybe, control: name => find(name) }
}
