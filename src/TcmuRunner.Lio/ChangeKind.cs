// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Lio;

/// <summary>What a <see cref="ConfigurationChange"/> does.</summary>
public enum ChangeKind
{
    /// <summary>Makes an object.</summary>
    Create = 0,

    /// <summary>Gives a setting of an object another value.</summary>
    Change,

    /// <summary>Deletes an object and what is in it.</summary>
    Delete,
}
