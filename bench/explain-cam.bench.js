import { explanation } from './explanation.js'

export default explanation({ method: 'cam' })
