"""The driver itself: a page with faults must not pass for one without."""

import pytest

from tests.fixtures.browser import Browser, needs_browser

FAULTY = """<!DOCTYPE html><title>faulty</title><img src="absent.png"><script>
console.error("told", 3);
window.addEventListener("load", () => setTimeout(() => { throw new Error("thrown late"); }, 0));
</script>"""


@needs_browser
def test_faults_are_seen(tmp_path):
    (tmp_path / "faulty.html").write_text(FAULTY)
    (tmp_path / "sound.html").write_text("<!DOCTYPE html><title>sound</title><p>no faults")
    with Browser() as browser:
        page = browser.open((tmp_path / "faulty.html").as_uri())
        page.evaluate("new Promise(done => setTimeout(done, 50))")
        for told in ("told 3", "thrown late", "absent.png"):
            assert any(told in error for error in page.errors), told
        assert any(url.endswith("absent.png") for url in page.requests)
        with pytest.raises(RuntimeError, match="nowhere is not defined"):
            page.evaluate("nowhere()")

        page.go((tmp_path / "sound.html").as_uri())
        assert page.evaluate("document.title") == "sound"
        sound = browser.open((tmp_path / "sound.html").as_uri(), width=390, height=700, dark=True)
        assert (sound.errors, len(sound.requests)) == ([], 1)
        assert sound.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        picture = sound.screenshot(tmp_path / "sound.png").read_bytes()
        assert picture.startswith(b"\x89PNG")
        with pytest.raises(RuntimeError, match="ERR_NAME_NOT_RESOLVED"):
            sound.go("http://outside.example/")
