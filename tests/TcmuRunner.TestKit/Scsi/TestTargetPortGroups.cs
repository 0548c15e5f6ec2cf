// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.TestKit.Scsi;

/// <summary>Target port groups in memory.</summary>
public sealed class TestTargetPortGroups(params TargetPortGroup[] groups) : ITargetPortGroups
{
    private readonly List<TargetPortGroup> _groups = [.. groups];

    /// <summary>Whether reading fails.</summary>
    public bool IsUnreadable { get; set; }

    /// <summary>Whether changing a state fails.</summary>
    public bool RefusesChange { get; set; }

    /// <inheritdoc/>
    public IReadOnlyList<TargetPortGroup>? Read() => IsUnreadable ? null : _groups;

    /// <inheritdoc/>
    public bool TrySetState(ushort groupId, AsymmetricAccessState state, bool isExplicit)
    {
        int index = _groups.FindIndex(group => group.Id == groupId);
        if (RefusesChange || index < 0)
        {
            return false;
        }

        _groups[index] = _groups[index] with { State = state, StatusCode = (byte)(isExplicit ? 1 : 2) };
        return true;
    }
}
