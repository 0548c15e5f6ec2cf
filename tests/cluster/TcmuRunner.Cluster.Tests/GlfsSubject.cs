// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Glfs;
using TcmuRunner.Io;
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Cluster.Tests;

/// <summary>The glfs handler on files of the volume.</summary>
internal sealed class GlfsSubject(GlusterVolume volume, bool hasLoop, int blockSizeBytes = 512, string options = "") : ConformanceSubject
{
    private readonly string _disk = volume.CreateFile((4L << 20) + (3 * 4096));
    private readonly string _other = volume.CreateFile((4L << 20) + (3 * 4096));
    private readonly IoLoop? _loop = hasLoop ? IoLoop.Start(new IoLoopOptions { Name = "conformance" }, NullLogger.Instance) : null;

    public override string Configuration => $"glfs/{volume.Volume}/{_disk}{options}";

    public override string OtherConfiguration => $"glfs/{volume.Volume}/{_other}{options}";

    public override IReadOnlyList<string> InvalidConfigurations => ["glfs/", "glfs/v", "glfs/v@h", "glfs/v@/p", "glfs/v@h/p;what"];

    public override IReadOnlyList<string> UnopenableConfigurations =>
    [
        $"glfs/{volume.Volume}/missing",
        $"glfs/{volume.Volume}/missing/{_disk}",
        $"glfs/missing@{volume.Volume.Split('@')[1]}/{_disk}",
    ];

    public override int BlockSizeBytes => blockSizeBytes;

    public override IoLoop? Loop => _loop;

    public override IHandler CreateHandler() => new GlfsHandler();

    public override async ValueTask DisposeAsync()
    {
        if (_loop is not null)
        {
            await _loop.DisposeAsync();
        }

        File.Delete(volume.PathOf(_disk));
        File.Delete(volume.PathOf(_other));
        await base.DisposeAsync();
    }
}
