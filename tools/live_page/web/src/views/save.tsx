// Saves what was just seen, so that it can be run again as a test.
import { postForFile } from '../api/client';
import { Action } from '../parts/action';
import { Dialog } from '../parts/dialog';

export function SaveDialog({ onClose }: { onClose: () => void }) {
  async function save(): Promise<string> {
    const file = await postForFile('save');
    const address = URL.createObjectURL(file);
    const link = document.createElement('a');
    link.href = address;
    link.download = 'recorded.zip';
    link.click();
    URL.revokeObjectURL(address);
    onClose();
    return 'Saved as recorded.zip. Its README.txt says how to run the test.';
  }
  return (
    <Dialog title="Save what you have seen" onClose={onClose}>
      <p>One archive with everything that is needed to see it again:</p>
      <ul class="plain-list">
        <li><b>*.bpmn</b>, the deployed processes</li>
        <li><b>*.world.json</b>, the Actors, runs and items of the emulated Apify</li>
        <li><b>test_recorded.py</b>, a test for pytest that repeats what was just seen</li>
        <li><b>secrets.json</b>, made-up values in place of your secrets</li>
        <li><b>README.txt</b>, how to run it, and which instances cannot be repeated</li>
      </ul>
      <div class="row end">
        <button type="button" onClick={onClose}>Cancel</button>
        <Action class="primary" run={save}>Save the archive</Action>
      </div>
    </Dialog>
  );
}
