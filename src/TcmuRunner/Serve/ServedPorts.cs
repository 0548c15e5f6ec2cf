// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.Serve;

/// <summary>The one portal group of <c>tcmu-runner serve</c>, as REPORT TARGET PORT GROUPS shows it: a port that is always the best one.</summary>
/// <param name="target">The target's name.</param>
internal sealed class ServedPorts(string target) : ITargetPortGroups
{
    /// <summary>The portal group tag, and the group's and the port's identifier.</summary>
    internal const ushort Tag = 1;

    private const byte IscsiProtocol = 5;
    private const byte ActiveOptimizedSupported = 0x01;

    private readonly TargetPortGroup[] _groups =
    [
        new()
        {
            Id = Tag,
            State = AsymmetricAccessState.ActiveOptimized,
            SupportedStates = ActiveOptimizedSupported,
            IsImplicit = true,
            Ports = [new TargetPort(Tag, IscsiProtocol, target, Tag, IsEnabled: true)],
        },
    ];

    public IReadOnlyList<TargetPortGroup> Read() => _groups;

    public bool TrySetState(ushort groupId, AsymmetricAccessState state, bool isExplicit) => false;
}
