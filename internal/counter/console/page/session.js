// session is who this device is, and who works on it.
import { get, post } from './api.js';

export let me = { role: 'nobody' };

export async function load() {
  me = await get('/v1/me');
  return me;
}

export const people = async () => (await get('/v1/people')).people;
export const pair = (code, name) => post('/v1/devices', { code, name, cookie: true }); // the token goes where no script reads it

export async function signIn(name, pin) {
  me = await post('/v1/session', { name, pin });
}

export async function signOut() {
  me = await post('/v1/session/end');
  sessionStorage.clear(); // what is typed is nobody else's
}

const ranks = ['nobody', 'cashier', 'manager', 'owner'];
export const may = (role) => ranks.indexOf(me.role) >= ranks.indexOf(role);
