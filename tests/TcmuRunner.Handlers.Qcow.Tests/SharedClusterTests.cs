// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>Images with internal snapshots of QEMU's making: what a snapshot shares is copied before it is written.</summary>
public sealed class SharedClusterTests : IDisposable
{
    private const int SizeBytes = 3 << 20;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("compat=1.1")]
    [InlineData("compat=0.10")]
    [InlineData("compat=1.1,cluster_size=512")]
    [InlineData("compat=1.1,cluster_size=4096,refcount_bits=8")]
    [InlineData("compat=1.1,extended_l2=on,cluster_size=16k")]
    public async Task Writing_after_a_snapshot_leaves_the_snapshot_as_it_was(string options)
    {
        string path = _directory.PathOf("disk.qcow2");
        QemuImg.Run("create", "-q", "-f", "qcow2", "-o", options, path, $"{SizeBytes}");
        byte[] model = new byte[SizeBytes];
        var states = new List<byte[]>();
        for (int round = 0; round < 3; round++)
        {
            var run = new ModelRun(path, model, seed: 50 + round, canGrow: false);
            await run.RunAsync();
            run.Judge(_directory.PathOf("model.raw"));
            model = run.Model;
            states.Add([.. model]);
            QemuImg.Run("snapshot", "-c", $"s{round}", path);
        }

        for (int round = 0; round < 3; round++)
        {
            await using ImageLayer snapshot = await Images.OpenAsync(path, new ImageOptions { IsReadOnly = true, Snapshot = $"s{round}" });
            Assert.Equal(states[round], await snapshot.ReadAsync(0, SizeBytes));
        }

        QemuImg.Run("snapshot", "-a", "s0", path);
        var last = new ModelRun(path, states[0], seed: 60, canGrow: false);
        await last.RunAsync();
        last.Judge(_directory.PathOf("model.raw"));
        QemuImg.Run("snapshot", "-d", "s1", path);
        last.Judge(_directory.PathOf("model.raw"));
    }
}
