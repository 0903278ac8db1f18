import { explanation } from './explanation.js'

export default explanation({ method: 'rise', passes: 200 })
