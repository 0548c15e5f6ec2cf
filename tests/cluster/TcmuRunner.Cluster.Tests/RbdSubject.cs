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
    private readonly Lazy<string> _disk;
    private readonly Lazy<string> _other;
    private readonly string _options;
    private readonly int _blockSizeBytes;
    private readonly IoLoop? _loop;

    // Images are made when a rule needs them, and go with the cluster.
    public RbdSubject(CephCluster cluster, bool hasLoop, int blockSizeBytes = 512, string options = "", params string[] imageOptions)
    {
        _blockSizeBytes = blockSizeBytes;
        _options = cluster.Options() + options;
        _loop = hasLoop ? IoLoop.Start(new IoLoopOptions { Name = "conformance" }, NullLogger.Instance) : null;
        _disk = new(() => cluster.CreateImage(SizeBytes, imageOptions));
        _other = new(() => cluster.CreateImage(SizeBytes, imageOptions));
    }

    public override string Configuration => $"rbd/rbd/{_disk.Value}{_options}";

    public override string OtherConfiguration => $"rbd/rbd/{_other.Value}{_options}";

    public override IReadOnlyList<string> InvalidConfigurations => ["rbd/", "rbd/pool", "rbd/a/b;id=", "rbd/a/b;conf=relative", "rbd/a/b@"];

    public override IReadOnlyList<string> UnopenableConfigurations =>
    [
        $"rbd/rbd/missing{_options}",
        $"rbd/missing/{_disk.Value}{_options}",
        $"rbd/rbd/missing/{_disk.Value}{_options}",
        $"rbd/rbd/{_disk.Value}@missing{_options}",
        $"rbd/rbd/{_disk.Value};conf=/missing/ceph.conf",
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

        await base.DisposeAsync();
    }
}
