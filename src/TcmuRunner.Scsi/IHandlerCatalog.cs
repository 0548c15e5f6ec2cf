// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Scsi;

/// <summary>The handlers that the daemon has loaded. Thread safe.</summary>
public interface IHandlerCatalog
{
    /// <summary>All handlers, by subtype.</summary>
    IReadOnlyCollection<IHandler> Handlers { get; }

    /// <summary>Finds the handler of a subtype; the match is exact.</summary>
    bool TryGet(string subtype, [NotNullWhen(true)] out IHandler? handler);
}
