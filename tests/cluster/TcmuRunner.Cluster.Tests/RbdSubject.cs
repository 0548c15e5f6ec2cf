// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Rbd;
using TcmuRunner.Io;
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Cluster.Tests;

/// <summary>The rbd handler on images of the cluster.</summary>
internal sealed class RbdSubject : ConformanceSubject
{
    private readonly CephCluster _cluster;
    private readonly string _disk;
    private readonly string _other;
    private readonly string _options;
    private readonly int _blockSizeBytes;
    private readonly IoLoop? _loop;

    public RbdSubject(CephCluster cluster, bool hasLoop, int blockSizeBytes = 512, string options = "", params string[] imageOptions)
    {
        _cluster = cluster;
        _blockSizeBytes = blockSizeBytes;
        _options = cluster.Options() + options;
        _loop = hasLoop ? IoLoop.Start(new IoLoopOptions { Name = "conformance" }, NullLogger.Instance) : null;
        _disk = cluster.CreateImage(SizeBytes, imageOptions);
        _other = cluster.CreateImage(SizeBytes, imageOptions);
    }

    public override string Configuration => $"rbd/rbd/{_disk}{_options}";

    public override string OtherConfiguration => $"rbd/rbd/{_other}{_options}";

    public override IReadOnlyList<string> InvalidConfigurations => ["rbd/", "rbd/pool", "rbd/a/b;id=", "rbd/a/b;conf=relative", "rbd/a/b@"];

    public override IReadOnlyList<string> UnopenableConfigurations =>
    [
        $"rbd/rbd/missing{_options}",
        $"rbd/missing/{_disk}{_options}",
        $"rbd/rbd/missing/{_disk}{_options}",
        $"rbd/rbd/{_disk}@missing{_options}",
        $"rbd/rbd/{_disk};conf=/missing/ceph.conf",
    ];

    public override int BlockSizeBytes => _blockSizeBytes;

    public override IoLoop? Loop => _loop;

    public override IHandler CreateHandler() => new RbdHandler();

    public override async ValueTask DisposeAsync()
    {
        if (_loop is not null)
        {
            await _loop.DisposeAsync();
        }

        _cluster.Rbd("rm", _disk);
        _cluster.Rbd("rm", _other);
        await base.DisposeAsync();
    }
}
