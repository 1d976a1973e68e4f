export { JobEntity } from '../jobs/job-entity.js';
