/**
 * Brings a table of a page to life: a click on a column sorts by it, a second one the other way round, and words in the
 * field leave the rows that hold all of them. It stands in the page as text, so it is written as text.
 */
export const sortTable = `place => {
  const table = place.querySelector('table')
  const body = table.tBodies[0]
  const rows = [...body.rows]
  const heads = [...table.tHead.rows[0].cells]
  const status = place.querySelector('[role=status]')
  const texts = rows.map(row => row.textContent.toLowerCase())
  const valueOf = (row, column) => {
    const cell = row.cells[column]
    const number = Number(cell.dataset.sort ?? (cell.className === 'number' ? cell.textContent : NaN))
    return Number.isNaN(number) ? cell.textContent : number
  }
  const compare = (a, b) => {
    if (a === b) return 0
    if (a === '' || b === '') return a === '' ? 1 : -1
    return typeof a === typeof b && typeof a === 'string' ? a.localeCompare(b) : a < b ? -1 : 1
  }
  heads.forEach((head, column) => {
    head.firstElementChild.addEventListener('click', () => {
      const down = head.getAttribute('aria-sort') === 'ascending'
      for (const other of heads) other.removeAttribute('aria-sort')
      head.setAttribute('aria-sort', down ? 'descending' : 'ascending')
      const values = new Map(rows.map(row => [row, valueOf(row, column)]))
      const order = [...rows].sort((a, b) => {
        const [x, y] = [values.get(a), values.get(b)]
        const sign = compare(x, y)
        return x === '' || y === '' || !down ? sign : -sign
      })
      body.append(...order)
    })
  })
  place.querySelector('input').addEventListener('input', event => {
    const words = event.target.value.toLowerCase().split(/\\s+/).filter(Boolean)
    let shown = 0
    rows.forEach((row, index) => {
      row.hidden = !words.every(word => texts[index].includes(word))
      if (!row.hidden) shown++
    })
    status.textContent = shown + ' of ' + rows.length
  })
}`
