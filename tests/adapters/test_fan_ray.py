"""A Ray cluster may lose a worker and a node, and every job is answered once."""

import os
import signal
import time
from pathlib import Path

import pytest

from doorstep.domain.errors import Outside

cluster_utils = pytest.importorskip("ray.cluster_utils", reason="needs the extra doorstep[ray]")
fan_ray = pytest.importorskip("doorstep.adapters.fan_ray")


def slow_square(job: tuple[int, str]) -> int:
    """Leave our process id where the test can find it, and take a while."""
    number, folder = job
    (Path(folder) / f"{number}.{os.getpid()}").touch()
    time.sleep(0.4)
    return number * number


def test_an_address_where_nobody_listens_is_a_sentence():
    with pytest.raises(Outside, match=r"Expected a Ray cluster at ray://127\.0\.0\.1:1, got ConnectionRefusedError"):
        fan_ray.RayFan("ray://127.0.0.1:1")


@pytest.mark.slow
def test_twenty_jobs_survive_a_killed_worker_and_a_killed_node(tmp_path):
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    doomed = cluster.add_node(num_cpus=2)
    fan = fan_ray.RayFan(cluster.address)
    try:
        answers = []
        for answer in fan.results(slow_square, {f"depot {k}": (k, str(tmp_path)) for k in range(20)}):
            answers.append(answer)
            if len(answers) == 4:
                os.kill(int(max(tmp_path.iterdir(), key=lambda p: p.stat().st_mtime).suffix[1:]), signal.SIGKILL)
            if len(answers) == 8:
                cluster.remove_node(doomed)

        assert sorted(answers) == sorted((f"depot {k}", k * k) for k in range(20))
    finally:
        fan.close()
        cluster.shutdown()
