// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics.CodeAnalysis;
using TcmuRunner.Abstractions;
using TcmuRunner.Scsi;

namespace TcmuRunner.TestKit.Scsi;

/// <summary>A fixed set of handlers.</summary>
public sealed class TestCatalog(params IHandler[] handlers) : IHandlerCatalog
{
    /// <inheritdoc/>
    public IReadOnlyCollection<IHandler> Handlers => handlers;

    /// <inheritdoc/>
    public bool TryGet(string subtype, [NotNullWhen(true)] out IHandler? handler)
    {
        handler = handlers.FirstOrDefault(candidate => candidate.Description.Subtype == subtype);
        return handler is not null;
    }
}
